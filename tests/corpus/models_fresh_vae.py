"""A second set of VAEs and autoencoders, made without looking at how zscope infers: AAE, VAE-GAN, log of sd, VQ decoders, latent maps, Keras and Flax.

Those that call `calibrate` are untrained: default weights, norms that have seen a few batches."""

import argparse

from common import *
from models_keras import Flat, HWC, Same, SameT, bn, keras, named
from models_vae import Vanilla, View, whole

C, T, B, L = nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.Linear


def untrained(k, net, encode, decode, dim, x):
    """Goldens of an untrained VAE."""
    calibrate(net, lambda: (encode(batch(x)), decode(normal(64, dim))))
    k.decoder(decode, dim)
    k.encoder(encode, x[:4])


def image(y):
    return y.view(len(y), 1, 28, 28)


# ---- VAEs, mean and log-variance

@family("VAE", "World Models: kernels of 4 without padding down, 5 5 6 6 up; the second head is log sd", source="ctallec/world-models",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "ReLU"}, untellable="log sd rather than log-variance (only mean asked)")
def fv_worldmodels_ctallec(k):
    net, w, d = nn.Module(), 8, 32
    e, g = net.encoder, net.decoder = nn.Module(), nn.Module()
    e.conv1, e.conv2, e.conv3, e.conv4 = C(3, w, 4, 2), C(w, w * 2, 4, 2), C(w * 2, w * 4, 4, 2), C(w * 4, w * 8, 4, 2)
    e.fc_mu, e.fc_logsigma = L(w * 32, d), L(w * 32, d)
    g.fc1 = L(d, 128)
    g.deconv1, g.deconv2, g.deconv3, g.deconv4 = T(128, w * 4, 5, 2), T(w * 4, w * 2, 5, 2), T(w * 2, w, 6, 2), T(w, 3, 6, 2)
    def encode(x):
        for c in (e.conv1, e.conv2, e.conv3, e.conv4):
            x = F.relu(c(x))
        return e.fc_mu(x.flatten(1)), e.fc_logsigma(x.flatten(1)) * 2
    def decode(z):
        h = F.relu(g.fc1(z)).view(-1, 128, 1, 1)
        for c in (g.deconv1, g.deconv2, g.deconv3):
            h = F.relu(c(h))
        return torch.sigmoid(g.deconv4(h))
    x = faces(64)
    opt = vae(net, encode, decode, x, steps=200, size=24)
    k.decoder(decode, d)
    k.golden(x=x[:4], mu=encode(x[:4])[0])
    k.save({"epoch": 12, "state_dict": state(net), "precision": 31.2, "optimizer": opt.state_dict(), "scheduler": {"best": 31.2}, "earlystopping": {"patience": 30}})


@family("VAE", "the head of the mean is called embedding, the other log_var; kernels of 3 up (4, 7, 14, 28); untrained", source="clementchadebec/pythae Encoder_Conv_VAE_MNIST", file="m.pt",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "none"}, untellable="output: untrained pictures are grey")
def fv_pythae_mnist(k):
    net, w, d = nn.Module(), 6, 16
    e, g = net.encoder, net.decoder = nn.Module(), nn.Module()
    down = lambda i, o: [C(i, o, 4, 2, padding=1), B(o), nn.ReLU()]
    e.conv_layers = nn.Sequential(*down(1, w), *down(w, w * 2), *down(w * 2, w * 4), *down(w * 4, w * 8))
    e.embedding, e.log_var = L(w * 8, d), L(w * 8, d)
    g.fc = L(d, w * 8 * 16)
    g.deconv_layers = nn.Sequential(T(w * 8, w * 4, 3, 2, padding=1), B(w * 4), nn.ReLU(), T(w * 4, w * 2, 3, 2, padding=1, output_padding=1), B(w * 2), nn.ReLU(),
                                    T(w * 2, 1, 3, 2, padding=1, output_padding=1), nn.Sigmoid())
    def encode(x):
        h = e.conv_layers(x).flatten(1)
        return e.embedding(h), e.log_var(h)
    untrained(k, net, encode, lambda z: g.deconv_layers(g.fc(z).view(-1, w * 8, 4, 4)), d, digits()[0])
    k.save({"model_state_dict": state(net)})


@family("VAE", "DCGAN halves with names of words (input-conv, pyramid_8-16_conv); two last convolutions are the heads; latent map of 1x1; untrained", untellable="output: untrained pictures are grey",
        source="seangal/dcgan_vae_pytorch",
        settings={"output": "tanh", "activation": "ReLU", "encoder_activation": "LeakyReLU 0.2"})
def fv_dcganvae_seangal(k):
    net, w, d = nn.Module(), 6, 50
    net.encoder, net.decoder = nn.Module(), nn.Sequential()
    e, c = nn.Sequential(), w
    e.add_module("input-conv", C(3, w, 4, 2, 1, bias=False)), e.add_module("input-relu", nn.LeakyReLU(.2, inplace=True))
    for _ in range(3):
        e.add_module(f"pyramid_{c}-{c * 2}_conv", C(c, c * 2, 4, 2, 1, bias=False)), e.add_module(f"pyramid_{c * 2}_batchnorm", B(c * 2))
        e.add_module(f"pyramid_{c * 2}_relu", nn.LeakyReLU(.2, inplace=True))
        c *= 2
    net.encoder.encoder, net.encoder.conv1, net.encoder.conv2 = e, C(c, d, 4), C(c, d, 4)
    g = net.decoder
    g.add_module("input-conv", T(d, c, 4, 1, 0, bias=False)), g.add_module("input-batchnorm", B(c)), g.add_module("input-relu", nn.ReLU(True))
    for _ in range(3):
        g.add_module(f"pyramid_{c}-{c // 2}_conv", T(c, c // 2, 4, 2, 1, bias=False)), g.add_module(f"pyramid_{c // 2}_batchnorm", B(c // 2))
        g.add_module(f"pyramid_{c // 2}_relu", nn.ReLU(True))
        c //= 2
    g.add_module("output-conv", T(c, 3, 4, 2, 1, bias=False)), g.add_module("output-tanh", nn.Tanh())
    net.apply(dcgan_init)
    def encode(x):
        h = e(x)
        return net.encoder.conv1(h).flatten(1), net.encoder.conv2(h).flatten(1)
    untrained(k, net, encode, lambda z: g(z.view(len(z), -1, 1, 1)), d, faces(64, True))
    k.save(state(net))


@family("VAE", "β-TCVAE: norms everywhere, first transposed convolution of kernel 1, z_params interleaved (mean, log sd), logits out; args beside", source="rtqichen/beta-tcvae conv",
        settings={"output": "none", "activation": "ReLU", "encoder_activation": "ReLU", "posterior": "interleaved"}, untellable="log sd (only mean asked); output: the loss had the sigmoid")
def fv_tcvae_rtqichen(k):
    net, w, d = nn.Module(), 8, 10
    e, g = net.encoder, net.decoder = nn.Module(), nn.Module()
    for i, (a, b) in enumerate([(1, w), (w, w), (w, w * 2), (w * 2, w * 2)], 1):
        setattr(e, f"conv{i}", C(a, b, 4, 2, 1)), setattr(e, f"bn{i}", B(b))
    e.conv5, e.bn5, e.conv_z = C(w * 2, 64, 4), B(64), C(64, d * 2, 1)
    g.conv1, g.bn1, g.conv2, g.bn2 = T(d, 64, 1, 1, 0), B(64), T(64, w * 2, 4, 1, 0), B(w * 2)
    for i, (a, b) in enumerate([(w * 2, w * 2), (w * 2, w), (w, w)], 3):
        setattr(g, f"conv{i}", T(a, b, 4, 2, 1)), setattr(g, f"bn{i}", B(b))
    g.conv_final = T(w, 1, 4, 2, 1)
    def run(m, h):
        for i in range(1, 6):
            h = F.relu(getattr(m, f"bn{i}")(getattr(m, f"conv{i}")(h)))
        return h
    def encode(x):
        h = e.conv_z(run(e, x)).view(len(x), d, 2)
        return h[..., 0], h[..., 1] * 2
    decode = lambda z: g.conv_final(run(g, z.view(len(z), d, 1, 1)))
    x = sprites()
    vae(net, encode, decode, x, steps=250, size=32, how="logits")
    k.decoder(decode, d)
    k.golden(x=x[:4], mu=encode(x[:4])[0])
    k.save({"state_dict": state(net), "args": argparse.Namespace(dataset="shapes", latent_dim=d, beta=6, tcvae=True, conv=True)})


@family("whole training", "FactorVAE: encoder ends in a convolution of 1 to 1x1, decoder begins with one; the total-correlation critic D beside", source="1Konny/FactorVAE FactorVAE1", file="m.ckpt",
        settings={"output": "none", "activation": "ReLU", "encoder_activation": "ReLU", "posterior": "halves"}, untellable="output: the loss had the sigmoid")
def fv_factorvae_1konny(k):
    net, w, d = nn.Module(), 8, 10
    r = lambda: nn.ReLU(True)
    net.encode = nn.Sequential(C(1, w, 4, 2, 1), r(), C(w, w, 4, 2, 1), r(), C(w, w * 2, 4, 2, 1), r(), C(w * 2, w * 2, 4, 2, 1), r(), C(w * 2, 64, 4, 1), r(), C(64, d * 2, 1))
    net.decode = nn.Sequential(C(d, 64, 1), r(), T(64, w * 2, 4), r(), T(w * 2, w * 2, 4, 2, 1), r(), T(w * 2, w, 4, 2, 1), r(), T(w, w, 4, 2, 1), r(), T(w, 1, 4, 2, 1))
    a = lambda: nn.LeakyReLU(.2, True)
    D = nn.Module()
    D.net = nn.Sequential(L(d, 64), a(), L(64, 64), a(), L(64, 64), a(), L(64, 64), a(), L(64, 64), a(), L(64, 2))
    opt = whole(k, net, lambda x: net.encode(x).flatten(1).chunk(2, 1), lambda z: net.decode(z.view(len(z), -1, 1, 1)), d, sprites(), steps=250, size=32, how="logits")
    k.save({"iter": 300000, "model_states": {"D": state(D), "VAE": state(net)}, "optim_states": {"optim_VAE": opt.state_dict()}})


@family("whole training", "Larsen's VAE-GAN: one epoch's dict of vae and discriminator; norms of vectors; kernels of 6 up; 'relu' fields are leaky; untrained", untellable="output: untrained pictures are grey",
        source="rishabhd786/VAE-GAN-PYTORCH",
        settings={"output": "tanh", "activation": "LeakyReLU 0.2", "encoder_activation": "LeakyReLU 0.2"})
def fv_vaegan_rishabh(k):
    net, w, d = nn.Module(), 8, 32
    e, g, D = nn.Module(), nn.Module(), nn.Module()
    e.conv1, e.bn1, e.conv2, e.bn2, e.conv3, e.bn3 = C(3, w, 5, 2, 2), B(w), C(w, w * 2, 5, 2, 2), B(w * 2), C(w * 2, w * 4, 5, 2, 2), B(w * 4)
    e.fc1, e.bn4, e.fc_mean, e.fc_logvar = L(w * 64, 64), nn.BatchNorm1d(64), L(64, d), L(64, d)
    g.fc1, g.bn1 = L(d, 16 * w * 4), nn.BatchNorm1d(16 * w * 4)
    g.deconv1, g.bn2, g.deconv2, g.bn3, g.deconv3, g.bn4, g.deconv4 = T(w * 4, w * 4, 6, 2, 2), B(w * 4), T(w * 4, w * 2, 6, 2, 2), B(w * 2), T(w * 2, w, 6, 2, 2), B(w), T(w, 3, 5, 1, 2)
    net.encoder, net.decoder = e, g
    D.conv1, D.conv2, D.bn1, D.fc1, D.bn4, D.fc2 = nn.Sequential(C(3, w, 5, 1, 2), nn.LeakyReLU(.2)), C(w, w * 2, 5, 2, 2), B(w * 2), L(w * 2 * 256, 32), nn.BatchNorm1d(32), L(32, 1)
    a = lambda t: F.leaky_relu(t, .2)
    def encode(x):
        h = a(e.bn3(e.conv3(a(e.bn2(e.conv2(a(e.bn1(e.conv1(x)))))))))
        h = a(e.bn4(e.fc1(h.flatten(1))))
        return e.fc_mean(h), e.fc_logvar(h)
    def decode(z):
        h = a(g.bn1(g.fc1(z))).view(-1, w * 4, 4, 4)
        for c, b in ((g.deconv1, g.bn2), (g.deconv2, g.bn3), (g.deconv3, g.bn4)):
            h = a(b(c(h)))
        return torch.tanh(g.deconv4(h))
    untrained(k, net, encode, decode, d, faces(32, True))
    k.save({"epoch": 24, "vae": state(net), "discriminator": state(D)})


@family("VAE", "DFC-VAE: a whole VGG (feature_network) lies in the same Lightning file", source="AntixK/PyTorch-VAE dfcvae", file="m.ckpt",
        settings={"output": "tanh", "activation": "LeakyReLU 0.01", "encoder_activation": "LeakyReLU 0.01", "map_activation": "none"})
def fv_dfcvae_antixk(k):
    net = Vanilla(d=24, hidden=(8, 16, 24, 32), size=32)
    whole(k, net, net.encode, net.decode, 24, faces(32, True), steps=250, size=32, how="mse", beta=.5)
    vgg = nn.Module()
    vgg.features = nn.Sequential(C(3, 8, 3, 1, 1), B(8), nn.ReLU(), C(8, 8, 3, 1, 1), B(8), nn.ReLU(), nn.MaxPool2d(2), C(8, 16, 3, 1, 1), B(16), nn.ReLU(), C(16, 16, 3, 1, 1), B(16), nn.ReLU(), nn.MaxPool2d(2))
    vgg.classifier = nn.Sequential(L(16 * 49, 32), nn.ReLU(), nn.Dropout(), L(32, 32), nn.ReLU(), nn.Dropout(), L(32, 100))
    net.feature_network = vgg
    k.save({"epoch": 9, "global_step": 2000, "pytorch-lightning_version": "0.9.0", "state_dict": prefixed("model.", state(net)), "optimizer_states": [], "hyper_parameters": {"LR": .005}})


@family("VAE", "softplus between the two layers of an MLP; heads fc21, fc22 and the decoder's fc21 too; the second head is log sd", source="Pyro's VAE example",
        settings={"output": "sigmoid", "activation": "softplus", "encoder_activation": "softplus"}, untellable="softplus; log sd (only mean asked)")
def fv_pyro_vae(k):
    net, h, d = nn.Module(), 100, 20
    e, g = net.encoder, net.decoder = nn.Module(), nn.Module()
    e.fc1, e.fc21, e.fc22, g.fc1, g.fc21 = L(784, h), L(h, d), L(h, d), L(d, h), L(h, 784)
    def encode(x):
        t = F.softplus(e.fc1(x.flatten(1)))
        return e.fc21(t), e.fc22(t) * 2
    decode = lambda z: image(torch.sigmoid(g.fc21(F.softplus(g.fc1(z)))))
    x = digits()[0]
    vae(net, encode, decode, x, steps=700)
    k.decoder(decode, d)
    k.golden(x=x[:4], mu=encode(x[:4])[0])
    k.save({"model": state(net), "optim": None})


@family("VAE", "kernels of 5 without padding or stride; 28 to 20 and back; one Linear each way; untrained", source="Ta-Ying Cheng's convolutional VAE (Medium)",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "ReLU"}, untellable="output: untrained pictures are grey")
def fv_taying_conv(k):
    net, w, d = nn.Module(), 6, 16
    net.encConv1, net.encConv2, net.encFC1, net.encFC2 = C(1, w, 5), C(w, w * 2, 5), L(w * 800, d), L(w * 800, d)
    net.decFC1, net.decConv1, net.decConv2 = L(d, w * 800), T(w * 2, w, 5), T(w, 1, 5)
    def encode(x):
        h = F.relu(net.encConv2(F.relu(net.encConv1(x)))).flatten(1)
        return net.encFC1(h), net.encFC2(h)
    untrained(k, net, encode, lambda z: torch.sigmoid(net.decConv2(F.relu(net.decConv1(F.relu(net.decFC1(z)).view(-1, w * 2, 20, 20))))), d, digits()[0])
    k.save(state(net))


@family("VAE", "48 pixels, SiLU, one linear layer for both moments; sorted safetensors under vae.; untrained", source="own taste", file="m.safetensors",
        settings={"output": "sigmoid", "activation": "SiLU", "encoder_activation": "SiLU", "map_activation": "none", "posterior": "halves"}, untellable="SiLU; output: untrained pictures are grey")
def fv_conv48_silu(k):
    net, w, d = nn.Module(), 8, 24
    net.encoder, net.decoder = nn.Module(), nn.Module()
    net.encoder.net = nn.Sequential(C(3, w, 3, 2, 1), B(w), nn.SiLU(), C(w, w * 2, 3, 2, 1), B(w * 2), nn.SiLU(), C(w * 2, w * 4, 3, 2, 1), B(w * 4), nn.SiLU(), nn.Flatten())
    net.encoder.to_moments = L(w * 4 * 36, d * 2)
    net.decoder.from_latent = L(d, w * 4 * 36)
    net.decoder.net = nn.Sequential(nn.Unflatten(1, (w * 4, 6, 6)), T(w * 4, w * 2, 4, 2, 1), B(w * 2), nn.SiLU(), T(w * 2, w, 4, 2, 1), B(w), nn.SiLU(), T(w, w, 4, 2, 1), B(w), nn.SiLU(),
                                    C(w, 3, 3, 1, 1), nn.Sigmoid())
    untrained(k, net, lambda x: net.encoder.to_moments(net.encoder.net(x)).chunk(2, 1), lambda z: net.decoder.net(net.decoder.from_latent(z)), d, faces(48))
    k.save(dict(sorted(prefixed("vae.", state(net)).items())))


@family("VAE", "names five deep through ModuleDict and ModuleList; instance norms with weights; bilinear doublings; interleaved moments", source="own taste",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "ReLU", "posterior": "interleaved", "upsampling": "bilinear",
                  "groups": "each channel (instance norm)"},
        untellable="bilinear; interleaved")
def fv_hierarchical(k):
    w, d = 8, 12
    stage = lambda i, o, s: nn.ModuleDict({"conv": C(i, o, 3, s, 1), "norm": nn.InstanceNorm2d(o, affine=True)})
    net = nn.ModuleDict({"networks": nn.ModuleDict({
        "encoder": nn.ModuleDict({"stages": nn.ModuleList([stage(1, w, 2), stage(w, w * 2, 2), stage(w * 2, w * 2, 2)]), "head": L(w * 32, d * 2)}),
        "decoder": nn.ModuleDict({"stem": L(d, w * 32), "stages": nn.ModuleList([stage(w * 2, w * 2, 1), stage(w * 2, w, 1), stage(w, w, 1)]), "head": C(w, 1, 1)})})})
    e, g = net["networks"]["encoder"], net["networks"]["decoder"]
    def encode(x):
        for s in e["stages"]:
            x = F.relu(s["norm"](s["conv"](x)))
        return e["head"](x.flatten(1)).view(-1, d, 2).unbind(-1)
    def decode(z):
        h = F.relu(g["stem"](z)).view(-1, w * 2, 4, 4)
        for s in g["stages"]:
            h = F.relu(s["norm"](s["conv"](F.interpolate(h, scale_factor=2, mode="bilinear", align_corners=False))))
        return torch.sigmoid(g["head"](h))
    whole(k, net, encode, decode, d, digits(32)[0], steps=250, size=32)
    k.save({"trainer": {"step": 250}, "model": {"state_dict": state(net)}})


@family("encoder", "an encoder alone: DCGAN's critic whose last convolution gives mean and log-variance; untrained", settings={"encoder_activation": "LeakyReLU 0.2", "posterior": "halves"},
        source="netE.pth of VAE-GAN repositories", untellable="that it is an encoder: 64 numbers might be classes")
def fv_encoder_only(k):
    net, w, x = nn.Module(), 8, faces(64, True)
    a = lambda: nn.LeakyReLU(.2, inplace=True)
    net.main = nn.Sequential(C(3, w, 4, 2, 1, bias=False), a(), C(w, w * 2, 4, 2, 1, bias=False), B(w * 2), a(), C(w * 2, w * 4, 4, 2, 1, bias=False), B(w * 4), a(),
                             C(w * 4, w * 4, 4, 2, 1, bias=False), B(w * 4), a(), C(w * 4, 64, 4))
    calibrate(net, lambda: net.main(batch(x)))
    k.encoder(lambda x: net.main(x).flatten(1).chunk(2, 1), x[:4])
    k.save({"netE": state(net), "epoch": 3})


# ---- conditional

@family("conditional VAE", "one-hot class after picture and after z in MLPs fc1-fc4; the latent's 20 of 30 inputs stand nowhere but in the heads", source="unnir/cVAE",
        settings={"output": "sigmoid", "activation": "ELU", "encoder_activation": "ELU", "class_join": "latent first"}, untellable="ELU; that ten inputs are the class")
def fv_unnir_cvae(k):
    net, h, d, (x, y) = nn.Module(), 100, 20, digits()
    net.fc1, net.fc21, net.fc22, net.fc3, net.fc4 = L(794, h), L(h, d), L(h, d), L(d + 10, h), L(h, 784)
    def decode(z, c):
        return image(torch.sigmoid(net.fc4(F.elu(net.fc3(torch.cat([z, c], 1))))))
    def loss():
        a, b = batch(x, 64, y)
        c = F.one_hot(b, 10).float()
        t = F.elu(net.fc1(torch.cat([a.flatten(1), c], 1)))
        mu, lv = net.fc21(t), net.fc22(t)
        return (F.binary_cross_entropy(decode(mu + torch.randn_like(mu) * (lv / 2).exp(), c), a, reduction="sum") - .5 * (1 + lv - mu ** 2 - lv.exp()).sum()) / 64
    adam([net], 1e-3, loss, 400)
    with torch.no_grad():
        z = torch.randn(8, d)
        of = lambda c: decode(z, F.one_hot(torch.full((8,), c), 10).float())
        full = F.one_hot(torch.arange(8), 10).float()
        k.golden(z=z, y=of(0), y_class3=of(3), z_alt=torch.cat([z, full], 1), y_alt=decode(z, full))
    k.save(state(net))


@family("conditional VAE", "embedding of the class added to z", source="own taste", settings={"output": "sigmoid", "activation": "ReLU", "class_join": "added", "map_activation": "ReLU"},
        untellable="added rather than multiplied")
def fv_cvae_added(k):
    net, w, d, (x, y) = nn.Module(), 12, 16, digits()
    net.label_embedding = nn.Embedding(10, d)
    net.encoder = nn.Sequential(C(1, w, 3, 2, 1), nn.ReLU(), C(w, w * 2, 3, 2, 1), nn.ReLU(), nn.Flatten())
    net.fc_mu, net.fc_logvar = L(w * 98, d), L(w * 98, d)
    net.decoder = nn.Sequential(L(d, w * 98), nn.ReLU(), nn.Unflatten(1, (w * 2, 7, 7)), T(w * 2, w, 3, 2, 1, 1), nn.ReLU(), T(w, 1, 3, 2, 1, 1), nn.Sigmoid())
    decode = lambda z, c: net.decoder(z + net.label_embedding(c))
    def loss():
        a, b = batch(x, 48, y)
        t = net.encoder(a)
        mu, lv = net.fc_mu(t), net.fc_logvar(t)
        return (F.binary_cross_entropy(decode(mu + torch.randn_like(mu) * (lv / 2).exp(), b), a, reduction="sum") - .5 * (1 + lv - mu ** 2 - lv.exp()).sum()) / 48
    adam([net], 1e-3, loss, 300)
    with torch.no_grad():
        z = torch.randn(8, d)
        t = net.encoder(x[:4])
        k.golden(z=z, y=decode(z, torch.zeros(8, dtype=torch.long)), y_class3=decode(z, torch.full((8,), 3)), x=x[:4], mu=net.fc_mu(t), logvar=net.fc_logvar(t))
    k.save({"model": state(net), "epoch": 20})


# ---- autoencoders without variance

@family("whole training", "AAE of three MLPs Q, P, D_gauss with fields lin1, lin2, lin3gauss; code without variance", source="fducau/AAE_pytorch", file="m.pt",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU"})
def fv_aae_fducau(k):
    Q, P, D, n, d, x = nn.Module(), nn.Module(), nn.Module(), 96, 6, digits()[0]
    Q.lin1, Q.lin2, Q.lin3gauss = L(784, n), L(n, n), L(n, d)
    P.lin1, P.lin2, P.lin3 = L(d, n), L(n, n), L(n, 784)
    D.lin1, D.lin2, D.lin3 = L(d, n), L(n, n), L(n, 1)
    encode = lambda x: Q.lin3gauss(F.relu(Q.lin2(F.relu(Q.lin1(x.flatten(1))))))
    decode = lambda z: image(torch.sigmoid(P.lin3(F.relu(P.lin2(F.relu(P.lin1(z)))))))
    autoencode(nn.ModuleList([Q, P]), lambda x: decode(encode(x)), x, steps=500)
    k.decoder(decode, d)
    k.golden(x=x[:4], mu=encode(x[:4]))
    k.save({"Q": state(Q), "P": state(P), "D_gauss": state(D)})


@family("autoencoder", "InfoVAE by MMD, no variance; strided convolutions with norms, doublings up; all under net.", source="own taste, after InfoVAE notebooks", file="m.safetensors",
        settings={"output": "sigmoid", "activation": "LeakyReLU 0.2", "encoder_activation": "LeakyReLU 0.2", "map_activation": "none", "upsampling": "nearest"})
def fv_mmd_upsample(k):
    net, w, d, x = nn.Module(), 12, 10, digits(32)[0]
    a, up = (lambda: nn.LeakyReLU(.2)), (lambda: nn.Upsample(scale_factor=2))
    net.enc = nn.Sequential(C(1, w, 3, 2, 1), B(w), a(), C(w, w * 2, 3, 2, 1), B(w * 2), a(), C(w * 2, w * 2, 3, 2, 1), B(w * 2), a(), nn.Flatten(), L(w * 32, d))
    net.dec = nn.Sequential(L(d, w * 32), View(w * 2, 4, 4), up(), C(w * 2, w * 2, 3, 1, 1), B(w * 2), a(), up(), C(w * 2, w, 3, 1, 1), B(w), a(), up(), C(w, w, 3, 1, 1), B(w), a(), C(w, 1, 3, 1, 1), nn.Sigmoid())
    kernel = lambda a, b: torch.exp(-(a[:, None] - b[None]).pow(2).mean(2) / d)
    def loss():
        b = batch(x, 48)
        z = net.enc(b)
        t = torch.randn_like(z)
        return F.mse_loss(net.dec(z), b) * 20 + (kernel(t, t).mean() + kernel(z, z).mean() - 2 * kernel(t, z).mean()) * 10
    adam([net], 1e-3, loss, 200)
    k.decoder(net.dec, d)
    k.golden(x=x[:4], mu=net.enc(x[:4]))
    k.save(prefixed("net.", state(net)))


@family("autoencoder", "GELU, a convolution of stride 1 after each of stride 2, output padding; Lightning", source="UvA Deep Learning tutorial 9 (phlippe)", file="m.ckpt",
        settings={"output": "tanh", "activation": "GELU", "encoder_activation": "GELU", "map_activation": "GELU"}, untellable="GELU")
def fv_uvadlc_ae(k):
    net, c, d, x = nn.Module(), 8, 32, faces(32, True)
    a = nn.GELU
    net.encoder, net.decoder = nn.Module(), nn.Module()
    net.encoder.net = nn.Sequential(C(3, c, 3, padding=1, stride=2), a(), C(c, c, 3, padding=1), a(), C(c, 2 * c, 3, padding=1, stride=2), a(), C(2 * c, 2 * c, 3, padding=1), a(),
                                    C(2 * c, 2 * c, 3, padding=1, stride=2), a(), nn.Flatten(), L(2 * 16 * c, d))
    net.decoder.linear = nn.Sequential(L(d, 2 * 16 * c), a())
    up = lambda i, o: T(i, o, 3, output_padding=1, padding=1, stride=2)
    net.decoder.net = nn.Sequential(up(2 * c, 2 * c), a(), C(2 * c, 2 * c, 3, padding=1), a(), up(2 * c, c), a(), C(c, c, 3, padding=1), a(), up(c, 3), nn.Tanh())
    decode = lambda z: net.decoder.net(net.decoder.linear(z).view(-1, 2 * c, 4, 4))
    opt = autoencode(net, lambda x: decode(net.encoder.net(x)), x, steps=300, size=32)
    k.decoder(decode, d)
    k.golden(x=x[:4], mu=net.encoder.net(x[:4]))
    k.save({"epoch": 400, "global_step": 70000, "pytorch-lightning_version": "1.3.4", "state_dict": state(net), "optimizer_states": [opt.state_dict()], "lr_schedulers": [],
            "hparams_name": "kwargs", "hyper_parameters": {"base_channel_size": c, "latent_dim": d, "width": 32, "height": 32}})


@family("autoencoder", "28 padded to 32 before and cropped after (ZeroPad2d of -2), SiLU, doublings, a latent map of 4x4x4", source="fastai course 2022 part 2 autoencoder",
        settings={"margin": "2 pixels", "output": "sigmoid", "activation": "SiLU", "encoder_activation": "SiLU", "upsampling": "nearest"}, untellable="SiLU; the padding and the crop", expect="a polite refusal, or right")
def fv_miniai_ae(k):
    x = digits()[0]
    conv = lambda i, o, act=True: nn.Sequential(C(i, o, 3, 2, 1), nn.SiLU()) if act else C(i, o, 3, 2, 1)
    deconv = lambda i, o, act=True: nn.Sequential(nn.UpsamplingNearest2d(scale_factor=2), C(i, o, 3, 1, 1), *([nn.SiLU()] if act else []))
    net = nn.Sequential(nn.ZeroPad2d(2), conv(1, 8), conv(8, 16), conv(16, 4, False), deconv(4, 16), deconv(16, 8), deconv(8, 1, False), nn.ZeroPad2d(-2), nn.Sigmoid())
    autoencode(net, net, x, steps=300)
    with torch.no_grad():
        z = net[:4](x[20:28])
        k.golden(z=z.flatten(1), y=net[4:](z), x=x[:4], mu=net[:4](x[:4]).flatten(1))
    k.save(state(net))


# ---- latent maps: Stable Diffusion's and VQ

@family("decoder", "TAESD's decoder alone: numbers only, blocks of three convolutions, ReLU after the sum, doublings; z goes through 3 tanh(z/3)", source="madebyollin/taesd",
        settings={"side": "32", "output": "none", "activation": "ReLU", "upsampling": "nearest"}, untellable="the clamp of z; how large the latent map is", expect="a polite refusal, or right")
def fv_taesd_decoder(k):
    class Clamp(nn.Module):
        def forward(self, x):
            return torch.tanh(x / 3) * 3

    class Block(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.conv = nn.Sequential(C(n, n, 3, 1, 1), nn.ReLU(), C(n, n, 3, 1, 1), nn.ReLU(), C(n, n, 3, 1, 1))

        def forward(self, x):
            return F.relu(self.conv(x) + x)
    w, up = 12, lambda: nn.Upsample(scale_factor=2)
    conv = lambda: C(w, w, 3, 1, 1, bias=False)
    net = nn.Sequential(Clamp(), C(4, w, 3, 1, 1), nn.ReLU(), Block(w), Block(w), up(), conv(), Block(w), up(), conv(), Block(w), up(), conv(), Block(w), C(w, 3, 3, 1, 1))
    draw = lambda z: net(z.view(-1, 4, 4, 4))
    glo(net, draw, faces(32), 64, steps=200, calls=1)
    k.decoder(draw, 64)
    k.save(state(net))


@family("VAE", "AutoencoderKL's names (down_blocks.0.resnets.0.norm1), sorted; GroupNorm ε 1e-6, SiLU, strided convolutions padded right and below, quant_conv; no attention",
        source="diffusers AutoencoderKL (mid_block_add_attention=False)", file="m.safetensors", untellable="groups; ε; how large the latent map is", expect="a polite refusal, or right",
        settings={"side": "32", "output": "none", "activation": "SiLU", "encoder_activation": "SiLU", "groups": "4 groups", "epsilon": "1e-6", "upsampling": "nearest", "posterior": "halves"})
def fv_diffusers_kl(k):
    class Res(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.norm1, self.conv1, self.norm2, self.conv2 = nn.GroupNorm(4, i, 1e-6), C(i, o, 3, 1, 1), nn.GroupNorm(4, o, 1e-6), C(o, o, 3, 1, 1)
            self.conv_shortcut = C(i, o, 1) if i != o else None

        def forward(self, x):
            h = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
            return h + (x if self.conv_shortcut is None else self.conv_shortcut(x))

    def block(i, o, n, scaler):
        b = nn.Module()
        b.resnets = nn.ModuleList([Res(i if j == 0 else o, o) for j in range(n)])
        if scaler:
            s = nn.Module()
            s.conv = C(o, o, 3, 2, 0) if scaler == "downsamplers" else C(o, o, 3, 1, 1)
            setattr(b, scaler, nn.ModuleList([s]))
        return b
    net, w, c = nn.Module(), 8, 4
    e, g = net.encoder, net.decoder = nn.Module(), nn.Module()
    e.conv_in, e.down_blocks = C(3, w, 3, 1, 1), nn.ModuleList([block(w, w, 1, "downsamplers"), block(w, w * 2, 1, "downsamplers"), block(w * 2, w * 2, 1, None)])
    e.mid_block, e.conv_norm_out, e.conv_out = block(w * 2, w * 2, 2, None), nn.GroupNorm(4, w * 2, 1e-6), C(w * 2, c * 2, 3, 1, 1)
    g.conv_in, g.mid_block = C(c, w * 2, 3, 1, 1), block(w * 2, w * 2, 2, None)
    g.up_blocks = nn.ModuleList([block(w * 2, w * 2, 2, "upsamplers"), block(w * 2, w * 2, 2, "upsamplers"), block(w * 2, w, 2, None)])
    g.conv_norm_out, g.conv_out = nn.GroupNorm(4, w, 1e-6), C(w, 3, 3, 1, 1)
    net.quant_conv, net.post_quant_conv = C(c * 2, c * 2, 1), C(c, c, 1)
    def run(b, h):
        for r in b.resnets:
            h = r(h)
        if hasattr(b, "downsamplers"):
            h = b.downsamplers[0].conv(F.pad(h, (0, 1, 0, 1)))
        return b.upsamplers[0].conv(F.interpolate(h, scale_factor=2)) if hasattr(b, "upsamplers") else h
    def encode(x):
        h = e.conv_in(x)
        for b in [*e.down_blocks, e.mid_block]:
            h = run(b, h)
        mu, lv = net.quant_conv(e.conv_out(F.silu(e.conv_norm_out(h)))).chunk(2, 1)
        return mu.flatten(1), lv.flatten(1)
    def decode(z):
        h = g.conv_in(net.post_quant_conv(z.view(-1, c, 8, 8)))
        for b in [g.mid_block, *g.up_blocks]:
            h = run(b, h)
        return g.conv_out(F.silu(g.conv_norm_out(h)))
    whole(k, net, encode, decode, c * 64, faces(32, True), steps=100, size=16, how="mse", beta=.01)
    k.save(dict(sorted(state(net).items())))


def vq(k, net, encode, decode, embed, x, steps=150):
    """Straight-through VQ training; the golden z is a map of codes, the golden mean what precedes the codebook."""
    def quantise(z):
        n, d, h, w = z.shape
        i = torch.cdist(z.permute(0, 2, 3, 1).reshape(-1, d), embed).argmin(1)
        return embed[i].view(n, h, w, d).permute(0, 3, 1, 2)
    def step():
        a = batch(x, 24)
        z = encode(a)
        q = quantise(z)
        return F.mse_loss(decode(z + (q - z).detach()), a) * 10 + F.mse_loss(q, z.detach()) + .25 * F.mse_loss(z, q.detach())
    adam([net], 1e-3, step, steps)
    with torch.no_grad():
        z = quantise(encode(x[20:28]))
        k.golden(z=z.flatten(1), y=decode(z), x=x[:4], mu=encode(x[:4]).flatten(1))


@family("VQ-VAE", "the two layers of a residual stack are one module, so it stands twice; a transposed convolution of kernel 3 and stride 1 first", source="MishaLaskin/vqvae",
        settings={"output": "none", "activation": "ReLU", "encoder_activation": "ReLU"}, expect="a polite refusal, or right (z before the codebook)")
def fv_vqvae_mishalaskin(k):
    class Layer(nn.Module):
        def __init__(self, n, r):
            super().__init__()
            self.res_block = nn.Sequential(nn.ReLU(), C(n, r, 3, 1, 1, bias=False), nn.ReLU(), C(r, n, 1, bias=False))

        def forward(self, x):
            return x + self.res_block(x)

    class Stack(nn.Module):
        def __init__(self, n, r):
            super().__init__()
            self.stack = nn.ModuleList([Layer(n, r)] * 2)

        def forward(self, x):
            for l in self.stack:
                x = l(x)
            return F.relu(x)
    net, w, d = nn.Module(), 16, 8
    net.encoder, net.vector_quantization, net.decoder = nn.Module(), nn.Module(), nn.Module()
    net.encoder.conv_stack = nn.Sequential(C(3, w // 2, 4, 2, 1), nn.ReLU(), C(w // 2, w, 4, 2, 1), nn.ReLU(), C(w, w, 3, 1, 1), Stack(w, 8))
    net.pre_quantization_conv = C(w, d, 1)
    net.vector_quantization.embedding = nn.Embedding(32, d)
    net.decoder.inverse_conv_stack = nn.Sequential(T(d, w, 3, 1, 1), Stack(w, 8), T(w, w // 2, 4, 2, 1), nn.ReLU(), T(w // 2, 3, 4, 2, 1))
    vq(k, net, lambda x: net.pre_quantization_conv(net.encoder.conv_stack(x)), net.decoder.inverse_conv_stack, net.vector_quantization.embedding.weight, faces(32, True))
    k.save({"model": net.state_dict(), "results": {"n_updates": 5000, "loss_vals": [.1, .05]}, "hyperparameters": {"n_hiddens": w, "embedding_dim": d}})


@family("VQ-VAE", "codebook as buffers embed [d, n], cluster_size, embed_avg; blocks.N of plain Sequentials; residual blocks without norms", source="rosinality/vq-vae-2-pytorch, one level", file="m.pt",
        settings={"output": "none", "activation": "ReLU", "encoder_activation": "ReLU"}, expect="a polite refusal, or right (z before the codebook)")
def fv_vqvae_rosinality(k):
    class Res(nn.Module):
        def __init__(self, n, r):
            super().__init__()
            self.conv = nn.Sequential(nn.ReLU(), C(n, r, 3, padding=1), nn.ReLU(), C(r, n, 1))

        def forward(self, x):
            return self.conv(x) + x
    net, w, d = nn.Module(), 16, 8
    net.enc, net.quantize, net.dec = nn.Module(), nn.Module(), nn.Module()
    net.enc.blocks = nn.Sequential(C(3, w // 2, 4, stride=2, padding=1), nn.ReLU(), C(w // 2, w, 4, stride=2, padding=1), nn.ReLU(), C(w, w, 3, padding=1), Res(w, 8), Res(w, 8), nn.ReLU())
    net.quantize_conv = C(w, d, 1)
    net.dec.blocks = nn.Sequential(C(d, w, 3, padding=1), Res(w, 8), Res(w, 8), nn.ReLU(), T(w, w // 2, 4, stride=2, padding=1), nn.ReLU(), T(w // 2, 3, 4, stride=2, padding=1))
    embed = torch.randn(32, d)
    net.quantize.register_buffer("embed", embed.t().contiguous())
    net.quantize.register_buffer("cluster_size", torch.rand(32) * 40)
    net.quantize.register_buffer("embed_avg", embed.t() * 20)
    vq(k, net, lambda x: net.quantize_conv(net.enc.blocks(x)), net.dec.blocks, embed, faces(32, True))
    k.save(state(net))


# ---- Keras, Flax

@family("VAE", "layers named encoder_conv_0, mu, log_var, decoder_conv_t_0; LeakyReLU 0.3 after a norm of ε 1e-3; nothing after the Dense", source="Foster's Generative Deep Learning VAE", file="m.npz",
        settings={"output": "sigmoid", "activation": "LeakyReLU 0.3", "encoder_activation": "LeakyReLU 0.3", "map_activation": "none", "epsilon": "1e-3"}, untellable="slope 0.3, ε 1e-3 (Keras's defaults)")
def fv_keras_foster(k):
    w, d, x = 8, 20, faces(32)
    a = lambda: nn.LeakyReLU(.3)
    enc, i = [], 3
    for n, o in enumerate((w, w * 2, w * 2)):
        enc += [named(Same(i, o, 3, 2), f"encoder_conv_{n}"), bn(o), a()]
        i = o
    enc = nn.Sequential(*enc, Flat())
    mean, var, dense = named(L(w * 32, d), "mu"), named(L(w * 32, d), "log_var"), named(L(d, w * 32), "decoder_input")
    dec = [dense, HWC(4, 4, w * 2)]
    for n, o in enumerate((w * 2, w)):
        dec += [named(SameT(i, o, 3, 2), f"decoder_conv_t_{n}"), named(bn(o), f"batch_normalization_{n + 3}"), a()]
        i = o
    dec = nn.Sequential(*dec, named(SameT(w, 3, 3, 2), "decoder_conv_t_2"), nn.Sigmoid())
    def encode(x):
        h = enc(x)
        return mean(h), var(h)
    whole(k, nn.ModuleList([enc, mean, var, dec]), encode, dec, d, x, steps=200, size=32)
    k.save({**keras([*enc, mean, var]), **keras(dec)})


@family("VAE", "names as jax.tree_util.keystr writes them (['params']['decoder']['Conv_0']['kernel']); GroupNorm of 4 with ε 1e-6, nearest resize; untrained", source="own taste, after Flax VAEs",
        file="m.safetensors", untellable="groups; output: untrained pictures are grey; ε",
        settings={"output": "sigmoid", "activation": "SiLU", "encoder_activation": "SiLU", "map_activation": "none", "groups": "4 groups", "epsilon": "1e-6", "upsampling": "nearest"})
def fv_flax_keystr(k):
    w, d = 8, 12
    gn = lambda n: nn.GroupNorm(4, n, 1e-6)
    enc = nn.Sequential(Same(1, w, 3, 2), gn(w), nn.SiLU(), Same(w, w * 2, 3, 2), gn(w * 2), nn.SiLU(), Flat())
    mean, var = named(L(w * 98, d), "mean"), named(L(w * 98, d), "logvar")
    dec = nn.Sequential(L(d, w * 98), HWC(7, 7, w * 2), nn.Upsample(scale_factor=2), Same(w * 2, w * 2, 3), gn(w * 2), nn.SiLU(), nn.Upsample(scale_factor=2), Same(w * 2, w, 3), gn(w), nn.SiLU(),
                        Same(w, 1, 3), nn.Sigmoid())
    def encode(x):
        h = enc(x)
        return mean(h), var(h)
    untrained(k, nn.ModuleList([enc, mean, var, dec]), encode, dec, d, digits()[0])
    out = {}
    for half, layers in (("encoder", [*enc, mean, var]), ("decoder", dec)):
        count = {}
        for m in layers:
            kind = {L: "Dense", Same: "Conv", nn.GroupNorm: "GroupNorm"}.get(type(m))
            if kind:
                count[kind] = count.get(kind, -1) + (0 if hasattr(m, "called") else 1)
                at = f"['params']['{half}']['{getattr(m, 'called', f'{kind}_{count[kind]}')}']"
                v = m.weight.detach()
                v = v.t() if kind == "Dense" else v.permute(2, 3, 1, 0) if kind == "Conv" else v
                out[at + ("['scale']" if kind == "GroupNorm" else "['kernel']")], out[at + "['bias']"] = v.contiguous(), m.bias.detach()
    k.save(dict(sorted(out.items())))
