"""A third set, made without looking at how zscope infers: VAEs, GANs, critics and encoders as well-known repositories, tutorials and uploads write them."""

import sys, types
from collections import OrderedDict

from common import *
from models_cls import coloured
from models_fresh_gan import by_class, judged, leaky, onehot
from models_fresh_vae import image
from models_keras import Flat, HWC, Same, SameT, bn, keras, named
from models_vae import View, whole

C, T, B, L = nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.Linear
SR = {"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU"}
TR = {"output": "tanh", "activation": "ReLU"}


def M(**fields):
    """A module with these fields, in this order."""
    m = nn.Module()
    for name, f in fields.items():
        setattr(m, name, f)
    return m


relu = lambda: nn.ReLU(True)
spot = lambda z: z.view(len(z), -1, 1, 1)
half = lambda n, d: torch.rand(n, d)
kl = lambda mu, lv: -.5 * (1 + lv - mu ** 2 - lv.exp()).sum()
noisy = lambda mu, lv: mu + torch.randn_like(mu) * (lv / 2).exp()


def heads(body, mean, var, times=1):
    """An encoder with two heads; `times` 2 where the second gives the log of sd."""
    def encode(x):
        h = body(x)
        return mean(h), var(h) * times
    return encode


def of_sd(k, net, encode, decode, d, x, wrote=state, **how):
    """A VAE whose second head is the log of sd: only the mean is asked."""
    vae(net, encode, decode, x, **how)
    k.decoder(decode, d)
    k.golden(x=x[:4], mu=encode(x[:4])[0])
    k.save(wrote(net))


def coded(k, code, draw, x):
    """Goldens of an autoencoder whose latents are codes of pictures."""
    with torch.no_grad():
        z = code(x[20:28])
        k.golden(z=z.flatten(1), y=draw(z), x=x[:4], mu=code(x[:4]).flatten(1))


# ---- VAEs and autoencoders

@family("VAE", "the last of the decoder has a norm and ReLU too, and then a sigmoid (so nothing is darker than 0.5); kernels of 3 down, of 4 up; 'state' and 'epoch'", source="SashaMalysheva/Pytorch-VAE",
        settings=dict(SR, map_activation="none"), untellable="ReLU between the last norm and the sigmoid")
def t_sasha_vae(k):
    w, d, x = 32, 24, digits(32)[0]
    conv = lambda i, o: nn.Sequential(C(i, o, 3, 2, 1), B(o), nn.ReLU())
    deconv = lambda i, o: nn.Sequential(T(i, o, 4, 2, 1), B(o), nn.ReLU())
    net = M(encoder=nn.Sequential(conv(1, w // 4), conv(w // 4, w // 2), conv(w // 2, w)), q_mean=L(w * 16, d), q_logvar=L(w * 16, d), project=L(d, w * 16),
            decoder=nn.Sequential(deconv(w, w // 2), deconv(w // 2, w // 4), deconv(w // 4, 1), nn.Sigmoid()))
    encode = heads(lambda x: net.encoder(x).flatten(1), net.q_mean, net.q_logvar)
    whole(k, net, encode, lambda z: net.decoder(net.project(z).view(-1, w, 4, 4)), d, x, steps=500, size=32, beta=.05)
    k.save({"state": state(net), "epoch": 20})


@family("VAE", "JointVAE: ten continuous latents and one categorical of ten (fc_alphas.0) in one z; two linear layers each way", source="Schlumberger/joint-vae", file="m.pt", settings=dict(SR, map_activation="ReLU"),
        untellable="that ten of the twenty latents are one-hot")
def t_jointvae(k):
    w, h, x = 8, 64, digits(32)[0]
    net = M(img_to_features=nn.Sequential(C(1, w, (4, 4), 2, 1), nn.ReLU(), C(w, w * 2, (4, 4), 2, 1), nn.ReLU(), C(w * 2, w * 2, (4, 4), 2, 1), nn.ReLU()),
            features_to_hidden=nn.Sequential(L(w * 32, h), nn.ReLU()), fc_mean=L(h, 10), fc_log_var=L(h, 10), fc_alphas=nn.ModuleList([L(h, 10)]),
            latent_to_features=nn.Sequential(L(20, h), nn.ReLU(), L(h, w * 32), nn.ReLU()),
            features_to_img=nn.Sequential(T(w * 2, w, (4, 4), 2, 1), nn.ReLU(), T(w, w, (4, 4), 2, 1), nn.ReLU(), T(w, 1, (4, 4), 2, 1), nn.Sigmoid()))
    hidden = lambda x: net.features_to_hidden(net.img_to_features(x).flatten(1))
    decode = lambda z: net.features_to_img(net.latent_to_features(z).view(-1, w * 2, 4, 4))
    def loss():
        a = batch(x, 32)
        t = hidden(a)
        mu, lv = net.fc_mean(t), net.fc_log_var(t)
        z = torch.cat([noisy(mu, lv), F.gumbel_softmax(net.fc_alphas[0](t), .67)], 1)
        return (F.binary_cross_entropy(decode(z), a, reduction="sum") + kl(mu, lv)) / 32
    adam([net], 1e-3, loss, 1500)
    with torch.no_grad():
        z, t = torch.cat([torch.randn(8, 10), onehot(torch.arange(8))], 1), hidden(x[:4])
        k.golden(z=z, y=decode(z), x=x[:4], mu=net.fc_mean(t), logvar=net.fc_log_var(t))
    k.save(state(net))


@family("VAE", "σ-VAE: a number without dimensions (log_sigma) stands first; kernels 3, 4, 5 down with strides 1, 2, 2 and 6, 6, 5 up; fc11, fc12, fc2", source="orybkin/sigma-vae-pytorch", file="m.pt",
        settings=dict(SR, map_activation="none"))
def t_sigma_vae(k):
    w, d, x = 6, 20, faces(28)
    net = M(encoder=nn.Sequential(C(3, w, (3, 3), 1, 1), nn.ReLU(), C(w, w * 2, (4, 4), 2, 1), nn.ReLU(), C(w * 2, w * 4, (5, 5), 2, 2), nn.ReLU(), nn.Flatten()),
            fc11=L(w * 4 * 49, d), fc12=L(w * 4 * 49, d), fc2=L(d, w * 4 * 49),
            decoder=nn.Sequential(View(w * 4, 7, 7), T(w * 4, w * 2, (6, 6), 2, 2), nn.ReLU(), T(w * 2, w, (6, 6), 2, 2), nn.ReLU(), T(w, 3, (5, 5), 1, 2), nn.Sigmoid()),
            log_sigma=nn.Parameter(torch.zeros(1)[0]))
    encode, decode = heads(net.encoder, net.fc11, net.fc12), lambda z: net.decoder(net.fc2(z))
    def loss():
        a = batch(x, 32)
        mu, lv = encode(a)
        s = -6 + F.softplus(net.log_sigma + 6)
        return ((.5 * ((a - decode(noisy(mu, lv))) / s.exp()) ** 2 + s).sum() + kl(mu, lv)) / 32
    adam([net], 1e-3, loss, 500)
    k.decoder(decode, d)
    k.encoder(encode, x[:4])
    k.save(state(net))


@family("VAE", "batch2 alone has a norm; the third convolution without padding (28, 14, 7, 3) and up again 3, 7, 14, 28; linear2 and linear3 are the heads, the second log sd",
        source="Eugenia Anello's variational autoencoder (Medium, dataseries)", settings=dict(SR, map_activation="ReLU", head_activation="ReLU"), untellable="log sd (only mean asked)")
def t_anello_vae(k):
    d, x = 4, digits()[0]
    e = M(conv1=C(1, 8, 3, stride=2, padding=1), conv2=C(8, 16, 3, stride=2, padding=1), batch2=B(16), conv3=C(16, 32, 3, stride=2, padding=0), linear1=L(288, 64), linear2=L(64, d), linear3=L(64, d))
    g = M(decoder_lin=nn.Sequential(L(d, 64), relu(), L(64, 288), relu()), unflatten=nn.Unflatten(1, (32, 3, 3)),
          decoder_conv=nn.Sequential(T(32, 16, 3, stride=2, output_padding=0), B(16), relu(), T(16, 8, 3, stride=2, padding=1, output_padding=1), B(8), relu(),
                                     T(8, 1, 3, stride=2, padding=1, output_padding=1)))
    body = lambda x: F.relu(e.linear1(F.relu(e.conv3(F.relu(e.batch2(e.conv2(F.relu(e.conv1(x))))))).flatten(1)))
    of_sd(k, M(encoder=e, decoder=g), heads(body, e.linear2, e.linear3, 2), lambda z: torch.sigmoid(g.decoder_conv(g.unflatten(g.decoder_lin(z)))), d, x, steps=900, size=48)


@family("VAE", "linear1 and linear2 in both halves, linear3 in the encoder is the log of sd; two latents", source="Alexander Van de Kleut's VAE tutorial, as a safetensors upload", file="m.safetensors", settings=SR, untellable="log sd (only mean asked)")
def t_vandekleut_vae(k):
    e, g = M(linear1=L(784, 128), linear2=L(128, 2), linear3=L(128, 2)), M(linear1=L(2, 128), linear2=L(128, 784))
    encode, decode = heads(lambda x: F.relu(e.linear1(x.flatten(1))), e.linear2, e.linear3, 2), lambda z: image(torch.sigmoid(g.linear2(F.relu(g.linear1(z)))))
    of_sd(k, M(encoder=e, decoder=g), encode, decode, 2, digits()[0], lambda net: dict(sorted(state(net).items())), steps=1200)


@family("autoencoder", "WAE-MMD: down to 4x4 but up from 8x8, a transposed convolution of kernel 1 last, no variance; z of variance 2", source="1Konny/WAE-pytorch", file="m.last",
        settings={"output": "none", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "none"}, untellable="output: shown through a sigmoid, trained without")
def t_wae_1konny(k):
    w, d, x = 6, 32, faces(64)
    down = lambda i, o: [C(i, o, 4, 2, 1, bias=False), B(o), relu()]
    up = lambda i, o: [T(i, o, 4, 2, 1, bias=False), B(o), relu()]
    net = M(encoder=nn.Sequential(*down(3, w), *down(w, w * 2), *down(w * 2, w * 4), *down(w * 4, w * 8), View(w * 128), L(w * 128, d)),
            decoder=nn.Sequential(L(d, w * 512), View(w * 8, 8, 8), *up(w * 8, w * 4), *up(w * 4, w * 2), *up(w * 2, w), T(w, 3, 1)))
    opt = autoencode(net, lambda x: net.decoder(net.encoder(x)), x, steps=300, size=24)
    k.decoder(net.decoder, d, lambda n, d: torch.randn(n, d) * 2 ** .5)
    k.golden(x=x[:4], mu=net.encoder(x[:4]))
    k.save({"iter": 49000, "epoch": 40, "win_states": {"recon": None, "mmd": None, "mu": None, "var": None}, "model_states": {"net": state(net)}, "optim_states": {"optim": opt.state_dict()}})


@family("VAE", "the encoder has ReLU, the decoder LeakyReLU 0.2 (after d1 too); names conv1_bn; deconv2 is the first; nothing after the last", source="podgorskiy/VAE", file="m.pkl",
        settings={"output": "none", "activation": "LeakyReLU 0.2", "encoder_activation": "ReLU", "map_activation": "LeakyReLU 0.2"}, untellable="ReLU in one half, LeakyReLU in the other")
def t_podgorskiy_vae(k):
    w, d, x, net = 6, 32, faces(64, True), nn.Module()
    for j, (a, b) in enumerate([(3, w), (w, w * 2), (w * 2, w * 4), (w * 4, w * 8)], 1):
        setattr(net, f"conv{j}", C(a, b, 4, 2, 1)), setattr(net, f"conv{j}_bn", B(b))
    net.fc1, net.fc2, net.d1 = L(w * 128, d), L(w * 128, d), L(d, w * 128)
    for j, c in ((2, w * 4), (3, w * 2), (4, w)):
        setattr(net, f"deconv{j}", T(c * 2, c, 4, 2, 1)), setattr(net, f"deconv{j}_bn", B(c))
    net.deconv5 = T(w, 3, 4, 2, 1)
    def body(x):
        for j in range(1, 5):
            x = F.relu(getattr(net, f"conv{j}_bn")(getattr(net, f"conv{j}")(x)))
        return x.flatten(1)
    def decode(z):
        h = F.leaky_relu(net.d1(z).view(-1, w * 8, 4, 4), .2)
        for j in range(2, 5):
            h = F.leaky_relu(getattr(net, f"deconv{j}_bn")(getattr(net, f"deconv{j}")(h)), .2)
        return net.deconv5(h)
    whole(k, net, heads(body, net.fc1, net.fc2), decode, d, x, steps=300, size=24, how="mse", beta=.5)
    k.save(state(net))


@family("VAE", "TensorFlow's own CVAE tutorial (convolutional, not conditional): the encoder without padding (28, 13, 6), the decoder 'same'; one Dense for both moments; logits",
        source="tensorflow.org/tutorials/generative/cvae", file="m.npz", settings={"output": "none", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "ReLU", "posterior": "halves"},
        untellable="output: the loss had the sigmoid; which convolutions are 'same'")
def t_tf_cvae_tutorial(k):
    w, d, x = 8, 2, digits()[0]
    enc = nn.Sequential(C(1, w, 3, 2), nn.ReLU(), C(w, w * 2, 3, 2), nn.ReLU(), Flat(), L(w * 72, d * 2))
    dec = nn.Sequential(L(d, w * 49), nn.ReLU(), HWC(7, 7, w), SameT(w, w * 2, 3, 2), nn.ReLU(), SameT(w * 2, w, 3, 2), nn.ReLU(), SameT(w, 1, 3, 1))
    whole(k, nn.ModuleList([enc, dec]), lambda x: enc(x).chunk(2, 1), dec, d, x, steps=600, size=48, how="logits")
    k.save(keras([*enc, *dec]))


@family("VAE", "a TensorFlow 1 checkpoint's list: encoder/e1/kernel ... decoder/dense_1/kernel, sorted, Adam's slots, beta1_power and global_step; kernels of 2 with stride 2; 64x64x1; logits",
        source="google-research/disentanglement_lib conv_encoder, deconv_decoder (dSprites)", file="m.npz",
        settings={"output": "none", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "ReLU"}, untellable="output: the loss had the sigmoid")
def t_disentanglement_lib(k):
    w, d = 8, 10
    convs = [named(Same(1, w, 4, 2), "e1"), named(Same(w, w, 4, 2), "e2"), named(Same(w, w * 2, 2, 2), "e3"), named(Same(w * 2, w * 2, 2, 2), "e4")]
    e5, mean, var = named(L(w * 32, 64), "e5"), named(L(64, d), "means"), named(L(64, d), "log_var")
    enc = nn.Sequential(*[m for c in convs for m in (c, nn.ReLU())], Flat(), e5, nn.ReLU())
    r = nn.ReLU
    dec = nn.Sequential(L(d, 64), r(), L(64, w * 32), r(), HWC(4, 4, w * 2), SameT(w * 2, w * 2, 4, 2), r(), SameT(w * 2, w, 4, 2), r(), SameT(w, w, 4, 2), r(), SameT(w, 1, 4, 2))
    whole(k, nn.ModuleList([enc, mean, var, dec]), heads(enc, mean, var), dec, d, sprites(), steps=250, size=32, how="logits")
    out = {**keras([*enc, mean, var], "encoder/", ""), **keras(dec, "decoder/", "")}
    out.update({f"{n}/{a}": .01 * torch.rand_like(v) for n, v in list(out.items()) for a in ("Adam", "Adam_1")})
    out.update({"beta1_power": np.float32(0), "beta2_power": np.float32(.74), "global_step": np.int64(300000)})
    k.save(dict(sorted(out.items())))


@family("conditional VAE", "one-hot class after picture and after z in MLPs of one hidden layer; heads mu and var; latent_to_hidden, hidden_to_out", source="graviraja/pytorch-sample-codes conditional_vae.py", file="m.pt",
        settings=dict(SR, class_join="latent first"), untellable="that ten inputs are the class")
def t_graviraja_cvae(k):
    h, d, (x, y) = 100, 20, digits()
    net = M(encoder=M(linear=L(794, h), mu=L(h, d), var=L(h, d)), decoder=M(latent_to_hidden=L(d + 10, h), hidden_to_out=L(h, 784)))
    e, g = net.encoder, net.decoder
    decode = lambda z, c: image(torch.sigmoid(g.hidden_to_out(F.relu(g.latent_to_hidden(torch.cat([z, c], 1))))))
    def loss():
        a, b = batch(x, 64, y)
        t = F.relu(e.linear(torch.cat([a.flatten(1), onehot(b)], 1)))
        mu, lv = e.mu(t), e.var(t)
        return (F.binary_cross_entropy(decode(noisy(mu, lv), onehot(b)), a, reduction="sum") + kl(mu, lv)) / 64
    adam([net], 1e-3, loss, 500)
    with torch.no_grad():
        z, full = torch.randn(8, d), onehot(torch.arange(8))
        of = lambda c: decode(z, onehot(torch.full((8,), c)))
        k.golden(z=z, y=of(0), y_class3=of(3), z_alt=torch.cat([z, full], 1), y_alt=decode(z, full))
    k.save(state(net))


@family("VAE", "fc1, fc2 the heads, fc3 (no activation) gives a first map of 1x1; convolutions of 4 without padding down, 5 5 6 6 up", source="sksq96/pytorch-vae vae-cnn", file="m.torch", settings=dict(SR, map_activation="none"))
def t_sksq96_vae(k):
    w, d, x = 6, 32, faces(64)
    h = w * 32
    net = M(encoder=nn.Sequential(C(3, w, 4, 2), nn.ReLU(), C(w, w * 2, 4, 2), nn.ReLU(), C(w * 2, w * 4, 4, 2), nn.ReLU(), C(w * 4, w * 8, 4, 2), nn.ReLU(), nn.Flatten()), fc1=L(h, d), fc2=L(h, d), fc3=L(d, h),
            decoder=nn.Sequential(View(h, 1, 1), T(h, w * 4, 5, 2), nn.ReLU(), T(w * 4, w * 2, 5, 2), nn.ReLU(), T(w * 2, w, 6, 2), nn.ReLU(), T(w, 3, 6, 2), nn.Sigmoid()))
    whole(k, net, heads(net.encoder, net.fc1, net.fc2), lambda z: net.decoder(net.fc3(z)), d, x, steps=400, size=24)
    k.save(state(net))


@family("VAE", "nothing between three strided convolutions (Sequentials of one), residual blocks that begin with ReLU, none after them; the decoder stands first; embedding and log_var",
        source="clementchadebec/benchmark_VAE (pythae) Encoder_ResNet_VAE_MNIST", file="m.pt", settings=dict(SR, map_activation="none"), untellable="no activation after the first convolutions, up and down")
def t_pythae_resnet_mnist(k):
    class Res(nn.Module):
        def __init__(self, n, r):
            super().__init__()
            self.conv_block = nn.Sequential(nn.ReLU(), C(n, r, 3, 1, 1), nn.ReLU(), C(r, n, 1, 1, 0))

        def forward(self, x):
            return x + self.conv_block(x)
    w, d, x, S = 16, 16, digits()[0], nn.Sequential
    g = M(layers=nn.ModuleList([L(d, w * 16), T(w, w, 3, 2, padding=1), S(Res(w, w // 4), Res(w, w // 4), nn.ReLU()), S(T(w, w // 2, 3, 2, padding=1, output_padding=1), nn.ReLU()),
                                S(T(w // 2, 1, 3, 2, padding=1, output_padding=1), nn.Sigmoid())]))
    e = M(layers=nn.ModuleList([S(C(1, w // 2, 4, 2, padding=1)), S(C(w // 2, w, 4, 2, padding=1)), S(C(w, w, 3, 2, padding=1)), S(Res(w, w // 4), Res(w, w // 4))]), embedding=L(w * 16, d), log_var=L(w * 16, d))
    net = M(decoder=g, encoder=e)
    whole(k, net, heads(lambda x: S(*e.layers)(x).flatten(1), e.embedding, e.log_var), lambda z: S(*g.layers[1:])(g.layers[0](z).view(-1, w, 4, 4)), d, x, steps=250, size=32)
    k.save({"model_state_dict": state(net)})


@family("autoencoder", "Lightning's first page: two Sequentials, three latents, nothing after the last linear layer", source="Lightning docs LitAutoEncoder", file="m.ckpt",
        settings={"output": "none", "activation": "ReLU", "encoder_activation": "ReLU"})
def t_lit_autoencoder(k):
    net, x = M(encoder=nn.Sequential(L(784, 64), nn.ReLU(), L(64, 3)), decoder=nn.Sequential(L(3, 64), nn.ReLU(), L(64, 784))), digits()[0]
    code, draw = (lambda x: net.encoder(x.flatten(1))), (lambda z: image(net.decoder(z)))
    opt = autoencode(net, lambda x: draw(code(x)), x, steps=600)
    coded(k, code, draw, x)
    k.save({"epoch": 0, "global_step": 100, "pytorch-lightning_version": "2.1.0", "state_dict": state(net), "loops": {"fit_loop": {"state_dict": {}}}, "optimizer_states": [opt.state_dict()], "lr_schedulers": [],
            "callbacks": {"ModelCheckpoint{'monitor': None, 'mode': 'min', 'every_n_train_steps': 0}": {"best_model_score": None, "dirpath": "lightning_logs"}}})


@family("autoencoder", "no linear layer: the code is a map of 16x4x4 after ReLU; three convolutions of 4 each way, numbers skip by two", source="chenjie/PyTorch-CIFAR-10-autoencoder", file="m.pkl", settings=dict(SR, code_activation="ReLU"),
        untellable="how large the latent map is; ReLU after the code")
def t_chenjie_cifar_ae(k):
    w, x = 4, faces(32)
    net = M(encoder=nn.Sequential(C(3, w, 4, stride=2, padding=1), nn.ReLU(), C(w, w * 2, 4, stride=2, padding=1), nn.ReLU(), C(w * 2, w * 4, 4, stride=2, padding=1), nn.ReLU()),
            decoder=nn.Sequential(T(w * 4, w * 2, 4, stride=2, padding=1), nn.ReLU(), T(w * 2, w, 4, stride=2, padding=1), nn.ReLU(), T(w, 3, 4, stride=2, padding=1), nn.Sigmoid()))
    autoencode(net, lambda x: net.decoder(net.encoder(x)), x, steps=400, size=32, lr=2e-3)
    coded(k, net.encoder, net.decoder, x)
    k.save(state(net))


@family("autoencoder", "BEGAN's critic: two linear layers in one Sequential (fc.0, fc.1) with the code between them and no activation after either; one convolution each way", source="znxlwm/pytorch-generative-model-collections BEGAN",
        file="m.pkl", settings={"output": "none", "encoder_activation": "ReLU", "map_activation": "none"}, untellable="that fc.0 gives the code: no names of halves")
def t_znxlwm_began_d(k):
    w, x = 6, digits(28, True)[0]
    net = M(conv=nn.Sequential(C(1, w, 4, 2, 1), nn.ReLU()), fc=nn.Sequential(L(w * 196, 32), L(32, w * 196)), deconv=nn.Sequential(T(w, 1, 4, 2, 1)))
    code, draw = (lambda x: net.fc[0](net.conv(x).flatten(1))), (lambda z: net.deconv(net.fc[1](z).view(-1, w, 14, 14)))
    autoencode(net, lambda x: draw(code(x)), x, steps=400)
    coded(k, code, draw, x)
    k.save(state(net))


# ---- generators

def old(net):
    """As PyTorch before 0.4.1 wrote it: norms did not count batches."""
    return {n: v for n, v in state(net).items() if not n.endswith("num_batches_tracked")}


def rgba(size):
    """Faces that are not transparent."""
    x = faces(size, True)
    return torch.cat([x, torch.ones_like(x[:, :1])], 1)


def drawing(k, net, draw, x, d, init=True, **how):
    """A DCGAN-like generator: initialised, trained, with goldens."""
    if init:
        net.apply(dcgan_init)
    opt = glo(net, draw, x, d, **how)
    k.decoder(draw, d)
    return opt


@torch.no_grad()
def joined(k, draw, d, prior=normal):
    """Goldens of a generator that takes the one-hot class after z: by class, and as latents."""
    by_class(k, lambda z, y: draw(torch.cat([z, onehot(y)], 1)), d, prior=prior)
    full = torch.cat([prior(8, d), onehot(torch.arange(8))], 1)
    k.golden(z_alt=full, y_alt=draw(full))


@family("generator", "fields deconv1 and deconv1_bn by turns, biases before norms, no num_batches_tracked, the old file format", source="znxlwm/pytorch-MNIST-CelebA-GAN-DCGAN (CelebA)", file="m.pkl", settings=TR)
def t_znxlwm_dcgan_g(k):
    net, w, sizes = nn.Module(), 6, [100, 48, 24, 12, 6]
    for i, (a, b) in enumerate(zip(sizes, sizes[1:]), 1):
        setattr(net, f"deconv{i}", T(a, b, 4, 1 if i == 1 else 2, 0 if i == 1 else 1)), setattr(net, f"deconv{i}_bn", B(b))
    net.deconv5 = T(w, 3, 4, 2, 1)
    def draw(z):
        h = spot(z)
        for i in range(1, 5):
            h = F.relu(getattr(net, f"deconv{i}_bn")(getattr(net, f"deconv{i}")(h)))
        return torch.tanh(net.deconv5(h))
    drawing(k, net, draw, faces(64, True), 100, steps=300)
    k.save(old(net), _use_new_zipfile_serialization=False)


@family("conditional generator", "one-hot class after z of 62; two linear layers with norms of vectors, then two transposed convolutions (7, 14, 28); z uniform from 0 to 1",
        source="znxlwm/pytorch-generative-model-collections CGAN", file="m.pkl", settings=dict(TR, one_hot="10 last", map_activation="ReLU", class_join="latent first"), untellable="that ten of the 72 inputs are the class")
def t_znxlwm_cgan_g(k):
    w, (x, y), V = 12, digits(28, True), nn.BatchNorm1d
    net = M(fc=nn.Sequential(L(72, 128), V(128), nn.ReLU(), L(128, w * 49), V(w * 49), nn.ReLU()), deconv=nn.Sequential(T(w, w // 2, 4, 2, 1), B(w // 2), nn.ReLU(), T(w // 2, 1, 4, 2, 1), nn.Tanh()))
    draw = lambda z: net.deconv(net.fc(z).view(-1, w, 7, 7))
    glo(net, lambda z, y: draw(torch.cat([z, onehot(y)], 1)), x, 62, labels=y, prior=half, steps=300)
    joined(k, draw, 62, half)
    k.save(state(net))


@family("generator", "four channels (RGBA) of 24 pixels: kernels 3, 3, 4, 4 with paddings 0, 1, 0, 1 (3, 5, 12, 24)", source="nateraw/cryptopunks-gan (huggan sngan)", settings=TR)
def t_cryptopunks_g(k):
    w = 12
    net = M(network=nn.Sequential(T(100, w * 4, 3, 1, 0, bias=False), B(w * 4), relu(), T(w * 4, w * 2, 3, 2, 1, bias=False), B(w * 2), relu(), T(w * 2, w, 4, 2, 0, bias=False), B(w), relu(),
                                  T(w, 4, 4, 2, 1, bias=False), nn.Tanh()))
    drawing(k, net, lambda z: net.network(spot(z)), rgba(24), 100, steps=400)
    k.save(state(net))


@family("generator", "DCGAN with four channels (RGBA) as PyTorchModelHubMixin writes it: model.0 ..., safetensors with whole numbers first, then by name", source="huggingnft (huggan DCGAN) uploads", file="m.safetensors", settings=TR)
def t_huggingnft_g(k):
    w, up = 6, lambda i, o: [T(i, o, 4, 2, 1, bias=False), B(o), relu()]
    net = M(model=nn.Sequential(T(100, w * 8, 4, 1, 0, bias=False), B(w * 8), relu(), *up(w * 8, w * 4), *up(w * 4, w * 2), *up(w * 2, w), T(w, 4, 4, 2, 1, bias=False), nn.Tanh()))
    drawing(k, net, lambda z: net.model(spot(z)), rgba(64), 100, steps=300)
    k.save(dict(sorted(state(net).items(), key=lambda t: (-t[1].element_size(), t[0]))))


@family("generator", "LeakyReLU 0.2 throughout; names with dots of their own (extra-layers-0.6.conv, final_layer.deconv) after numbers; an extra 3x3 convolution; no num_batches_tracked; the old file format",
        source="jayleicn/animeGAN _netG_1", settings={"output": "tanh", "activation": "LeakyReLU 0.2"})
def t_animegan_g(k):
    w, up = 6, lambda i, o: [T(i, o, 4, 2, 1, bias=False), B(o), leaky()]
    main = nn.Sequential(T(100, w * 8, 4, 1, 0, bias=False), B(w * 8), leaky(), *up(w * 8, w * 4), *up(w * 4, w * 2), *up(w * 2, w))
    for name, m in (("extra-layers-0@6@conv", C(w, w, 3, 1, 1, bias=False)), ("extra-layers-0@6@batchnorm", B(w)), ("extra-layers-0@6@relu", leaky()), ("final_layer@deconv", T(w, 3, 4, 2, 1, bias=False))):
        main.add_module(name, m)
    net = M(main=main)
    drawing(k, net, lambda z: torch.tanh(main(spot(z))), faces(64, True), 100, steps=300)
    k.save({n.replace("@", "."): v for n, v in old(net).items()}, _use_new_zipfile_serialization=False)


@family("generator", "residual blocks with norm and ReLU first, fields c1, c2, b1, b2, c_sc in that order (not of use); bilinear doublings; a convolution of 1 last", source="crcrpar/pytorch.sngan_projection ResNetGenerator",
        file="m.pth.tar", settings=dict(TR, map_activation="none", upsampling="bilinear"), untellable="bilinear")
def t_crcrpar_sngan_g(k):
    up = lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)

    class Block(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.c1, self.c2, self.b1, self.b2, self.c_sc = C(i, o, 3, 1, 1), C(o, o, 3, 1, 1), B(i), B(o), C(i, o, 1)

        def forward(self, x):
            return self.c_sc(up(x)) + self.c2(F.relu(self.b2(self.c1(up(F.relu(self.b1(x)))))))
    w = 5
    net = M(l1=L(128, 16 * w * 16), block2=Block(w * 16, w * 8), block3=Block(w * 8, w * 4), block4=Block(w * 4, w * 2), block5=Block(w * 2, w), b6=B(w), conv6=C(w, 3, 1, 1))
    draw = lambda z: torch.tanh(net.conv6(F.relu(net.b6(nn.Sequential(net.block2, net.block3, net.block4, net.block5)(net.l1(z).view(-1, w * 16, 4, 4))))))
    opt = drawing(k, net, draw, faces(64, True), 128, False, steps=100, calls=60)
    k.save({"model": state(net), "opt": opt.state_dict()})


@family("conditional generator", "one-hot class after z; a Dense as wide as z and class together; named as made after the critic (dense_1, conv2d_2); a last kernel of 7, sigmoid", source="keras.io/examples/generative/conditional_gan",
        file="m.npz", settings={"one_hot": "10 last", "output": "sigmoid", "activation": "LeakyReLU 0.2", "map_activation": "LeakyReLU 0.2", "class_join": "latent first"}, untellable="slope 0.2; that ten of the inputs are the class")
def t_keras_io_cgan(k):
    d, w, a, (x, y) = 32, 12, (lambda: nn.LeakyReLU(.2)), digits()
    n = d + 10
    net = nn.Sequential(named(L(n, 49 * n), "dense_1"), a(), HWC(7, 7, n), SameT(n, w, 4, 2), a(), SameT(w, w, 4, 2), a(), named(Same(w, 1, 7), "conv2d_2"), nn.Sigmoid())
    glo(net, lambda z, y: net(torch.cat([z, onehot(y)], 1)), x, d, labels=y, steps=250, calls=1)
    joined(k, net, d)
    k.save(keras(net))


@family("generator", "a norm after the last convolution too, then tanh, then 32 pixels cropped to 28; a norm of the Dense's vector; no biases; named as made after the critic (dense_1, conv2d_4)",
        source="keras.io/examples/generative/wgan_gp", file="m.npz", untellable="the crop; slope 0.2, ε 1e-3; LeakyReLU after the Dense's norm", expect="a polite refusal, or right",
        settings={"margin": "2 pixels", "output": "tanh", "activation": "LeakyReLU 0.2", "map_activation": "LeakyReLU 0.2", "epsilon": "1e-3", "upsampling": "nearest"})
def t_keras_io_wgangp(k):
    w, a, d = 16, (lambda: nn.LeakyReLU(.2)), 128
    up = lambda i, o, n: [nn.Upsample(scale_factor=2), named(Same(i, o, 3, bias=False), f"conv2d_{n}"), bn(o)]
    net = nn.Sequential(named(L(d, 16 * w, bias=False), "dense_1"), nn.BatchNorm1d(16 * w, 1e-3), a(), HWC(4, 4, w), *up(w, w // 2, 4), a(), *up(w // 2, w // 4, 5), a(), *up(w // 4, 1, 6), nn.Tanh())
    drawing(k, net, lambda z: net(z)[:, :, 2:-2, 2:-2], digits(28, True)[0], d, False, steps=400)
    k.save(keras(net))


@family("generator", "no Dense: Reshape((1, 1, 100)) and a transposed convolution without padding first, then 'same' ones, all without bias; LeakyReLU 0.2; norms counted on from the critic's (batch_normalization_3)",
        source="Foster's Generative Deep Learning, 2nd edition, DCGAN (bricks)", file="m.npz", settings={"output": "tanh", "activation": "LeakyReLU 0.2", "epsilon": "1e-3"}, untellable="slope 0.2, ε 1e-3")
def t_foster2_dcgan(k):
    w, a = 6, lambda: nn.LeakyReLU(.2)
    up = lambda i, o, n: [named(SameT(i, o, 4, 2, bias=False), f"conv2d_transpose_{n}"), *([named(bn(o), f"batch_normalization_{n + 3}"), a()] if o > 1 else [nn.Tanh()])]
    net = nn.Sequential(T(100, w * 8, 4, bias=False), named(bn(w * 8), "batch_normalization_3"), a(), *up(w * 8, w * 4, 1), *up(w * 4, w * 2, 2), *up(w * 2, w, 3), *up(w, 1, 4))
    drawing(k, net, lambda z: net(spot(z)), sprites() * 2 - 1, 100, False, steps=250)
    k.save({"conv2d_transpose/kernel:0": net[0].weight.detach().permute(2, 3, 1, 0).contiguous(), **keras(net)})


@family("whole training", "fastai's GANModule: generator.1.0 (nothing at 0) and critic.0.0; an extra transposed convolution of 3 with stride 1; 'model' and 'opt' as learn.save writes them", source="fastai vision.gan basic_generator and basic_critic",
        settings=TR)
def t_fastai_gan(k):
    w, S = 6, nn.Sequential
    layer = lambda i, o, kernel, s, p: S(T(i, o, kernel, s, p, bias=False), B(o), nn.ReLU())
    down = lambda i, o, kernel, s: S(C(i, o, kernel, s, 1, bias=False), B(o), nn.LeakyReLU(.2))
    net = M(generator=S(View(100, 1, 1), layer(100, w * 8, 4, 1, 0), layer(w * 8, w * 4, 4, 2, 1), layer(w * 4, w * 2, 4, 2, 1), layer(w * 2, w, 4, 2, 1), layer(w, w, 3, 1, 1), T(w, 3, 4, 2, 1, bias=False), nn.Tanh()),
            critic=S(S(C(3, w, 4, 2, 1), nn.LeakyReLU(.2)), down(w, w, 3, 1), down(w, w * 2, 4, 2), down(w * 2, w * 4, 4, 2), down(w * 4, w * 8, 4, 2), C(w * 8, 1, 4), nn.Flatten()))
    for m in net.modules():
        if isinstance(m, B):
            nn.init.constant_(m.bias, 1e-3)
    opt = drawing(k, net.generator, net.generator, faces(64, True), 100, False, steps=250)
    k.save({"model": state(net), "opt": opt.state_dict()})


@family("whole training", "netG, netD and avgG (its norms as at birth: netG draws), config an object of a class of theirs; formatLayer, then a Sequential that begins with a norm; D's layers are called convTranspose too, counted down",
        source="facebookresearch/pytorch_GAN_zoo DCGAN (PyTorch Hub)", file="m.pt", settings=TR, untellable="netG rather than avgG")
def t_gan_zoo_dcgan(k):
    w, d, n = 6, 64, 3
    G, D = {"batchNorm0": B(w << n), "relu0": relu()}, {f"convTranspose{n}": C(3, w, 4, 2, 1, bias=False), f"relu{n}": leaky()}
    for i in range(1, n + 1):
        c = w << n - i
        G.update({f"convTranspose{i}": T(c * 2, c, 4, 2, 1, bias=False), f"batchNorm{i}": B(c), f"relu{i}": relu()})
        D.update({f"convTranspose{n - i}": C(w << i - 1, w << i, 4, 2, 1, bias=False), f"batchNorm{n - i}": B(w << i), f"relu{n - i}": leaky()})
    G["outlayer"] = T(w, 3, 4, 2, 1, bias=False)
    net = M(formatLayer=T(d, w << n, 4, 1, 0, bias=False), outputAcctivation=nn.Tanh(), main=nn.Sequential(OrderedDict(G)))
    critic = M(main=nn.Sequential(OrderedDict(D)), decisionLayer=C(w << n, 1, 4, 1, 0, bias=False))
    net.apply(dcgan_init), critic.apply(dcgan_init)
    born = state(net)
    drawing(k, net, lambda z: torch.tanh(net.main(net.formatLayer(spot(z)))), faces(64, True), d, False, steps=250)
    avg = {m: born[m] if "running" in m or "tracked" in m else v + .01 * torch.randn_like(v) for m, v in state(net).items()}
    theirs = types.ModuleType("models.utils.config")
    theirs.BaseConfig = type("BaseConfig", (), {"__module__": theirs.__name__})
    parts = {"models": types.ModuleType("models"), "models.utils": types.ModuleType("models.utils"), theirs.__name__: theirs}
    config = theirs.BaseConfig()
    config.__dict__.update(noiseVectorDim=d, dimOutput=3, attribKeysOrder=None, categoryVectorDim=0, latentVectorDim=d, lossCriterion="DCGAN", learningRate=.0002, dimG=w, dimD=w, depth=n)
    sys.modules.update(parts)
    try:
        k.save({"config": config, "netG": state(net), "netD": state(critic), "avgG": avg})
    finally:
        for name in parts:
            del sys.modules[name]


# ---- critics, encoders, classifiers

@torch.no_grad()
def classified(k, net, call, wrote=state):
    x, y = coloured(32)
    with torch.enable_grad():
        classify(net, call, x, y, steps=200, size=32)
    out = call(x[:4])
    say(f"  {k.name}: {(call(x[:200]).argmax(1) == y[:200]).float().mean():.2f} right")
    k.golden(x=x[:4], critic=out, critic_alt=out.log_softmax(1), critic_alt2=out.softmax(1))
    k.save(wrote(net))


@family("discriminator", "the new spectral norm (network.0.parametrizations.weight.original, .0._u, .0._v), no biases, four channels of 24 pixels (12, 6, 3, 1), sigmoid", source="huggan sngan (cryptopunks)",
        settings={"critic_activation": "LeakyReLU 0.2"})
def t_cryptopunks_d(k):
    w, x, sn = 8, rgba(24), nn.utils.parametrizations.spectral_norm
    net = M(network=nn.Sequential(sn(C(4, w, 4, 2, 1, bias=False)), leaky(), sn(C(w, w * 2, 4, 2, 1, bias=False)), leaky(), sn(C(w * 2, w * 4, 3, 2, 1, bias=False)), leaky(), sn(C(w * 4, 1, 3, 1, 0, bias=False)), nn.Sigmoid()))
    logit = lambda x: net.network[:-1](x)
    discriminate(net, logit, x, steps=150)
    judged(k, logit, x, True)
    k.save(state(net))


@family("encoder", "an encoder for a GAN that is there already: an MLP whose codes end in tanh", source="A03ki/f-AnoGAN mnist Encoder (izif)", settings={"code_activation": "tanh", "encoder_activation": "LeakyReLU 0.2"},
        untellable="that it is an encoder: 32 numbers might be classes; the tanh")
def t_fanogan_encoder(k):
    net, g, x = M(model=nn.Sequential(L(784, 128), leaky(), L(128, 64), leaky(), L(64, 32), nn.Tanh())), nn.Sequential(L(32, 128), leaky(), L(128, 784), nn.Tanh()), digits(28, True)[0]
    code = lambda x: net.model(x.flatten(1))
    autoencode(nn.ModuleList([net, g]), lambda x: g(code(x)), x, steps=500)
    k.golden(x=x[:4], mu=code(x[:4]))
    k.save(state(net))


@family("classifier", "ResNet18 as Sequentials: conv1.0, conv2_x.0.residual_function.3, shortcut.1; empty shortcuts; a hundred classes", source="weiaicunzai/pytorch-cifar100", settings={"critic_activation": "ReLU"})
def t_weiaicunzai_resnet18(k):
    class Block(nn.Module):
        def __init__(self, i, o, s):
            super().__init__()
            self.residual_function = nn.Sequential(C(i, o, 3, s, 1, bias=False), B(o), relu(), C(o, o, 3, padding=1, bias=False), B(o))
            self.shortcut = nn.Sequential(C(i, o, 1, s, bias=False), B(o)) if s != 1 or i != o else nn.Sequential()

        def forward(self, x):
            return F.relu(self.residual_function(x) + self.shortcut(x))
    w = 8
    stage = lambda i, o, s: nn.Sequential(Block(i, o, s), Block(o, o, 1))
    net = M(conv1=nn.Sequential(C(3, w, 3, padding=1, bias=False), B(w), relu()), conv2_x=stage(w, w, 1), conv3_x=stage(w, w * 2, 2), conv4_x=stage(w * 2, w * 4, 2), conv5_x=stage(w * 4, w * 8, 2),
            avg_pool=nn.AdaptiveAvgPool2d((1, 1)), fc=L(w * 8, 100))
    classified(k, net, lambda x: net.fc(net.avg_pool(net.conv5_x(net.conv4_x(net.conv3_x(net.conv2_x(net.conv1(x)))))).flatten(1)))


@family("classifier", "norms without weights (running_mean and running_var alone), the seventh convolution without padding, a pool after it: 32, 16, 8, 4, 2, 1", source="aaron-xichen/pytorch-playground cifar10",
        settings={"critic_activation": "ReLU"}, untellable="that the last convolution has no padding (with it, the pool would give 2x2)")
def t_playground_cifar(k):
    w, layers, i = 8, [], 3
    for v in (w, w, 0, w * 2, w * 2, 0, w * 4, w * 4, 0, -w * 8, 0):
        layers += [C(i, abs(v), 3, padding=int(v > 0)), B(abs(v), affine=False), nn.ReLU()] if v else [nn.MaxPool2d(2, 2)]
        i = abs(v) or i
    net = M(features=nn.Sequential(*layers), classifier=nn.Sequential(L(w * 8, 10)))
    classified(k, net, lambda x: net.classifier(net.features(x).flatten(1)), old)
