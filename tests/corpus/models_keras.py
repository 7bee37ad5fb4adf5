"""Keras and Flax models: channels last, Dense kernels [in, out], 'same' padding that adds its odd pixel at the end.

They are trained here as PyTorch modules that compute what TensorFlow computes, and written as Keras or Flax would name and lay them out."""

from common import *

C, T, B, L = nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.Linear


class Same(C):
    """Conv2D(padding='same')."""

    def forward(self, x):
        for d in (3, 2):
            n, s, k = x.shape[d], self.stride[0], self.kernel_size[0]
            total = max((-(-n // s) - 1) * s + k - n, 0)
            a, b = total // 2, total - total // 2
            x = F.pad(x, (a, b, 0, 0) if d == 3 else (0, 0, a, b))
        return F.conv2d(x, self.weight, self.bias, self.stride)


class SameT(T):
    """Conv2DTranspose(padding='same')."""

    def forward(self, x):
        s, k, n = self.stride[0], self.kernel_size[0], x.shape[2]
        full = F.conv_transpose2d(x, self.weight, self.bias, self.stride)
        a = max(k - s, 0) // 2
        return full[:, :, a:a + n * s, a:a + n * s]


class HWC(nn.Module):
    """Reshape((h, w, c)) of a vector."""

    def __init__(self, h, w, c):
        super().__init__()
        self.shape = h, w, c

    def forward(self, x):
        return x.view(-1, *self.shape).permute(0, 3, 1, 2)


class Flat(nn.Module):
    """Flatten of a map in the order h, w, c."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def keras(layers, prefix="", suffix=":0"):
    """Weights under Keras's automatic names; BatchNormalization in its order gamma, beta, moving_mean, moving_variance."""
    out, count = {}, {}
    for m in layers:
        kind = {L: "dense", Same: "conv2d", C: "conv2d", SameT: "conv2d_transpose", B: "batch_normalization", nn.BatchNorm1d: "batch_normalization",
                nn.Embedding: "embedding"}.get(type(m))
        if kind is None:
            continue
        n = count[kind] = count.get(kind, -1) + 1
        name = f"{prefix}{getattr(m, 'called', kind + (f'_{n}' if n else ''))}/"
        if isinstance(m, (B, nn.BatchNorm1d)):
            out.update({name + a + suffix: b.detach().clone() for a, b in [("gamma", m.weight), ("beta", m.bias), ("moving_mean", m.running_mean), ("moving_variance", m.running_var)]})
            continue
        if isinstance(m, nn.Embedding):
            out[name + "embeddings" + suffix] = m.weight.detach().clone()
            continue
        w = m.weight.detach()
        out[name + "kernel" + suffix] = (w.t() if isinstance(m, L) else w.permute(2, 3, 1, 0)).contiguous()
        if m.bias is not None:
            out[name + "bias" + suffix] = m.bias.detach().clone()
    return out


def flax(layers, sep="/", prefix="params", stats="batch_stats"):
    """Weights under Flax's automatic names. Its ConvTranspose does not flip: kernels are turned round here."""
    out, count = {}, {}
    for m in layers:
        kind = {L: "Dense", Same: "Conv", SameT: "ConvTranspose", B: "BatchNorm", nn.BatchNorm1d: "BatchNorm"}.get(type(m))
        if kind is None:
            continue
        n = count[kind] = count.get(kind, -1) + 1
        name = sep.join([prefix, getattr(m, "called", f"{kind}_{n}")]) + sep
        if isinstance(m, (B, nn.BatchNorm1d)):
            out[name + "scale"], out[name + "bias"] = m.weight.detach().clone(), m.bias.detach().clone()
            at = sep.join([stats, getattr(m, "called", f"{kind}_{n}")]) + sep
            out[at + "mean"], out[at + "var"] = m.running_mean.clone(), m.running_var.clone()
            continue
        w = m.weight.detach()
        out[name + "kernel"] = (w.t() if isinstance(m, L) else w.permute(2, 3, 0, 1).flip(0, 1) if isinstance(m, T) else w.permute(2, 3, 1, 0)).contiguous()
        if m.bias is not None:
            out[name + "bias"] = m.bias.detach().clone()
    return out


def named(m, name):
    m.called = name
    return m


def bn(n, eps=1e-3):
    return B(n, eps, momentum=.1)


@family("VAE", "Keras's own VAE example: 'same' adds its odd pixel at the end; Flatten and Reshape in h, w, c order", source="keras.io/examples/generative/vae", file="m.npz",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "ReLU"})
def keras_vae(k):
    w, d = 16, 2
    enc = nn.Sequential(Same(1, w, 3, 2), nn.ReLU(), Same(w, w * 2, 3, 2), nn.ReLU(), Flat(), L(w * 2 * 49, 16), nn.ReLU())
    mean, var = named(L(16, d), "z_mean"), named(L(16, d), "z_log_var")
    dec = nn.Sequential(named(L(d, 49 * w * 2), "dense_1"), nn.ReLU(), HWC(7, 7, w * 2), SameT(w * 2, w * 2, 3, 2), nn.ReLU(), SameT(w * 2, w, 3, 2), nn.ReLU(), SameT(w, 1, 3, 1), nn.Sigmoid())
    net = nn.ModuleList([enc, mean, var, dec])
    def encode(x):
        h = enc(x)
        return mean(h), var(h)
    vae(net, encode, dec, digits()[0], steps=500)
    k.decoder(dec, d)
    k.encoder(encode, digits()[0][:4])
    k.save({**keras([*enc, mean, var]), **keras(dec)})


@family("generator", "LeakyReLU of 0.3 (Keras's default), ε 1e-3, BatchNormalization of the vector before Reshape, kernels of 5 with stride 1, 2, 2 'same'", file="m.npz",
        source="TensorFlow's DCGAN tutorial", settings={"output": "tanh", "activation": "LeakyReLU 0.3", "epsilon": "1e-3"}, untellable="slope 0.3, ε 1e-3 (Keras's defaults)")
def keras_dcgan_g(k):
    w = 24
    a = lambda: nn.LeakyReLU(.3)
    net = nn.Sequential(L(100, 49 * w, bias=False), nn.BatchNorm1d(49 * w, 1e-3), a(), HWC(7, 7, w), SameT(w, w // 2, 5, 1, bias=False), bn(w // 2), a(),
                        SameT(w // 2, w // 4, 5, 2, bias=False), bn(w // 4), a(), SameT(w // 4, 1, 5, 2, bias=False), nn.Tanh())
    glo(net, net, digits(28, True)[0], 100)
    k.decoder(net, 100)
    k.save(keras(net))


@family("conditional generator", "Keras-GAN's ACGAN: label embedding times noise; convolution, ReLU, then norm; doublings", file="m.safetensors",
        source="eriklindernoren/Keras-GAN acgan", settings={"output": "tanh", "activation": "ReLU", "epsilon": "1e-3", "class_join": "multiplied", "map_activation": "ReLU", "upsampling": "nearest"})
def keras_acgan_g(k):
    w = 16
    emb = nn.Embedding(10, 100)
    up = lambda: nn.Upsample(scale_factor=2)
    net = nn.Sequential(L(100, 49 * w), nn.ReLU(), HWC(7, 7, w), bn(w), up(), Same(w, w, 3), nn.ReLU(), bn(w), up(), Same(w, w // 2, 3), nn.ReLU(), bn(w // 2), Same(w // 2, 1, 3), nn.Tanh())
    both = nn.ModuleList([emb, net])
    draw = lambda z, y: net(z * emb(y))
    x, y = digits(28, True)
    glo(both, draw, x, 100, labels=y)
    with torch.no_grad():
        z = torch.randn(8, 100)
        k.golden(z=z, y=draw(z, torch.zeros(8, dtype=torch.long)), y_class3=draw(z, torch.full((8,), 3)))
    k.save(keras([emb, *net], suffix=""))


@family("generator", "kernels of 4 with stride 2 'same'; Dense to 7x7x128 with LeakyReLU 0.2", file="m.npz", source="machinelearningmastery's / keras.io DCGAN",
        settings={"output": "sigmoid", "activation": "LeakyReLU 0.2", "map_activation": "LeakyReLU 0.2"}, untellable="slope 0.2")
def keras_brownlee_g(k):
    w = 20
    a = lambda: nn.LeakyReLU(.2)
    net = nn.Sequential(L(64, 49 * w), a(), HWC(7, 7, w), SameT(w, w, 4, 2), a(), SameT(w, w, 4, 2), a(), Same(w, 1, 7), nn.Sigmoid())
    glo(net, net, digits()[0], 64, steps=250)
    k.decoder(net, 64)
    k.save(keras(net))


@family("classifier", "Flatten in h, w, c order; valid convolutions; softmax", file="m.npz", source="keras.io mnist_convnet", settings={"critic_activation": "ReLU"})
def keras_mnist_cls(k):
    net = nn.Sequential(C(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), C(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2), Flat(), L(16 * 25, 10))
    x, y = digits()
    classify(net, net, x, y, steps=300)
    with torch.no_grad():
        out = net(x[:4])
        k.golden(x=x[:4], critic=out, critic_alt=out.softmax(1), critic_alt2=out.log_softmax(1))
    k.save(keras(net))


@family("autoencoder", "Keras's first autoencoder: Dense 784-32-784", file="m.npz", source="blog.keras.io autoencoders",
        settings={"output": "sigmoid", "encoder_activation": "ReLU"}, untellable="the code has a ReLU")
def keras_ae_dense(k):
    net = nn.Sequential(L(784, 32), nn.ReLU(), L(32, 784), nn.Sigmoid())
    x = digits()[0]
    autoencode(net, lambda x: net(x.flatten(1)), x, steps=900)
    with torch.no_grad():
        z = torch.relu(torch.randn(8, 32)) * 2
        k.golden(z=z, y=net[2:](z).view(-1, 1, 28, 28), x=x[:4], mu=net[:2](x[:4].flatten(1)), mu_alt=net[0](x[:4].flatten(1)))
    k.save(keras(net))


@family("VAE", "Flax's own VAE example, MLP: kernels [in, out], names with dots", file="m.safetensors", source="google/flax examples/vae",
        settings={"output": "none", "activation": "ReLU", "encoder_activation": "ReLU"}, untellable="logits out")
def flax_vae(k):
    h, d = 100, 20
    e1, em, ev = named(L(784, h), "encoder.fc1"), named(L(h, d), "encoder.fc2_mean"), named(L(h, d), "encoder.fc2_logvar")
    d1, d2 = named(L(d, h), "decoder.fc1"), named(L(h, 784), "decoder.fc2")
    def encode(x):
        t = F.relu(e1(x.flatten(1)))
        return em(t), ev(t)
    decode = lambda z: d2(F.relu(d1(z))).view(-1, 1, 28, 28)
    vae(nn.ModuleList([e1, em, ev, d1, d2]), encode, decode, digits()[0], steps=1200, how="logits")
    k.decoder(decode, d)
    k.encoder(encode, digits()[0][:4])
    # As sorted keys of a flattened dict come.
    k.save(dict(sorted(flax([e1, em, ev, d1, d2], ".").items())))


@family("generator", "Flax: unflipped transposed kernels HWIO, batch_stats apart, keys sorted by name", file="m.safetensors", source="bilal2vec/jax-dcgan-like",
        settings={"output": "tanh", "activation": "ReLU"})
def flax_dcgan_g(k):
    w = 24
    net = nn.Sequential(HWC(1, 1, 100), SameT(100, w * 2, 4, 1, bias=False), B(w * 2), nn.ReLU(), SameT(w * 2, w * 2, 4, 2, bias=False), B(w * 2), nn.ReLU())
    class First(T):  # ConvTranspose(4, 1, 'VALID') of 1x1 gives 4x4
        pass
    first = First(100, w * 2, 4, 1, bias=False)
    net = nn.Sequential(HWC(1, 1, 100), first, B(w * 2), nn.ReLU(), SameT(w * 2, w, 4, 2, bias=False), B(w), nn.ReLU(), SameT(w, w // 2, 4, 2, bias=False), B(w // 2), nn.ReLU(),
                        SameT(w // 2, 1, 4, 2, bias=False), nn.Tanh())
    net.apply(dcgan_init)
    glo(net, net, digits(32, True)[0], 100)
    k.decoder(net, 100)
    class Proxy(SameT):
        pass
    first.__class__ = SameT
    k.save(dict(sorted(flax(net, "/").items())))


@family("VAE", "Flax: convolutions of stride 2 'SAME' with kernel 3, flattened h, w, c; BatchNorm in the encoder", file="m.npz", source="own taste, after Flax notebooks",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "ReLU"})
def flax_conv_vae(k):
    w, d = 16, 8
    enc = nn.Sequential(Same(1, w, 3, 2), B(w), nn.ReLU(), Same(w, w * 2, 3, 2), B(w * 2), nn.ReLU(), Flat())
    mean, var = L(w * 2 * 49, d), L(w * 2 * 49, d)
    dec = nn.Sequential(L(d, w * 2 * 49), nn.ReLU(), HWC(7, 7, w * 2), SameT(w * 2, w, 3, 2), nn.ReLU(), SameT(w, w, 3, 2), nn.ReLU(), Same(w, 1, 3), nn.Sigmoid())
    # Flax's transposed convolution pads dilated maps 2 before and 1 after for kernel 3 and stride 2, as TensorFlow's does.
    def encode(x):
        h = enc(x)
        return mean(h), var(h)
    vae(nn.ModuleList([enc, mean, var, dec]), encode, dec, digits()[0], steps=500)
    k.decoder(dec, d)
    k.encoder(encode, digits()[0][:4])
    k.save({**flax([*enc, mean, var], "/", "params/encoder", "batch_stats/encoder"), **flax(dec, "/", "params/decoder", "batch_stats/decoder")})
