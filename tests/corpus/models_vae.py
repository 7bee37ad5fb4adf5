"""VAEs and autoencoders of plain layers, with the attribute names of well-known public repositories."""

from common import *

C, T, B, L = nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.Linear


def whole(k, net, encode, decode, dim, x, **how):
    """Trains a VAE, and keeps goldens of both halves."""
    opt = vae(net, encode, decode, x, **how)
    k.decoder(decode, dim)
    k.encoder(encode, x[:4])
    return opt


@family("VAE", settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU"}, source="pytorch/examples vae")
def vae_examples(k):
    class V(nn.Module):
        def __init__(self, h=100, d=20):
            super().__init__()
            self.fc1, self.fc21, self.fc22, self.fc3, self.fc4 = L(784, h), L(h, d), L(h, d), L(d, h), L(h, 784)

        def encode(self, x):
            h = F.relu(self.fc1(x.flatten(1)))
            return self.fc21(h), self.fc22(h)

        def decode(self, z):
            return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))).view(-1, 1, 28, 28)
    net = V()
    whole(k, net, net.encode, net.decode, 20, digits()[0], steps=1200)
    k.save(state(net))


@family("VAE", "encoder and decoder share names encX/decX; halves by view(-1, 2, features)", source="debuggercafe LinearVAE",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "posterior": "halves"})
def vae_debuggercafe_linear(k):
    class V(nn.Module):
        def __init__(self, h=128, d=16):
            super().__init__()
            self.d = d
            self.enc1, self.enc2, self.dec1, self.dec2 = L(784, h), L(h, d * 2), L(d, h), L(h, 784)

        def encode(self, x):
            h = self.enc2(F.relu(self.enc1(x.flatten(1)))).view(-1, 2, self.d)
            return h[:, 0], h[:, 1]

        def decode(self, z):
            return torch.sigmoid(self.dec2(F.relu(self.dec1(z)))).view(-1, 1, 28, 28)
    net = V()
    opt = whole(k, net, net.encode, net.decode, 16, digits()[0], steps=1200)
    k.save({"epoch": 10, "model_state_dict": state(net), "optimizer_state_dict": opt.state_dict(), "loss": 104.2})


@family("VAE", "average pool, a linear layer before the heads, fc2 (64 = the first map of 1x1), transposed convolutions of kernel 4", source="debuggercafe ConvVAE",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "none", "head_activation": "none"},
        untellable="fc2 has no activation; fc1 neither")
def vae_debuggercafe_conv(k):
    class V(nn.Module):
        def __init__(self, w=8, d=16):
            super().__init__()
            self.enc1, self.enc2, self.enc3 = C(1, w, 4, 2, 1), C(w, w * 2, 4, 2, 1), C(w * 2, w * 4, 4, 2, 1)
            self.enc4 = C(w * 4, 64, 4, 2, 0)
            self.fc1, self.fc_mu, self.fc_log_var, self.fc2 = L(64, 128), L(128, d), L(128, d), L(d, 64)
            self.dec1, self.dec2 = T(64, w * 8, 4, 1, 0), T(w * 8, w * 4, 4, 2, 1)
            self.dec3, self.dec4 = T(w * 4, w * 2, 4, 2, 1), T(w * 2, 1, 4, 2, 1)

        def encode(self, x):
            for c in (self.enc1, self.enc2, self.enc3, self.enc4):
                x = F.relu(c(x))
            h = self.fc1(F.adaptive_avg_pool2d(x, 1).flatten(1))
            return self.fc_mu(h), self.fc_log_var(h)

        def decode(self, z):
            h = self.fc2(z).view(-1, 64, 1, 1)
            for c in (self.dec1, self.dec2, self.dec3):
                h = F.relu(c(h))
            return torch.sigmoid(self.dec4(h))
    net = V()
    whole(k, net, net.encode, net.decode, 16, digits(32)[0])
    k.save(state(net))


class Vanilla(nn.Module):
    """AntixK/PyTorch-VAE VanillaVAE; with classes its ConditionalVAE."""

    def __init__(self, d=32, hidden=(8, 16, 32, 48, 64), classes=0, size=64):
        super().__init__()
        self.classes, self.size, self.last = classes, size, hidden[-1]
        if classes:
            self.embed_class, self.embed_data = L(classes, size * size), C(3, 3, 1)
        chain, i = [], 4 if classes else 3
        for h in hidden:
            chain.append(nn.Sequential(C(i, h, 3, stride=2, padding=1), B(h), nn.LeakyReLU()))
            i = h
        self.encoder = nn.Sequential(*chain)
        self.fc_mu, self.fc_var = L(i * 4, d), L(i * 4, d)
        self.decoder_input = L(d + classes, i * 4)
        back = hidden[::-1]
        up = lambda a, b: [T(a, b, 3, stride=2, padding=1, output_padding=1), B(b), nn.LeakyReLU()]
        self.decoder = nn.Sequential(*[nn.Sequential(*up(a, b)) for a, b in zip(back, back[1:])])
        self.final_layer = nn.Sequential(*up(back[-1], back[-1]), C(back[-1], 3, 3, padding=1), nn.Tanh())

    def encode(self, x):
        h = self.encoder(x).flatten(1)
        return self.fc_mu(h), self.fc_var(h)

    def decode(self, z):
        return self.final_layer(self.decoder(self.decoder_input(z).view(-1, self.last, 2, 2)))


ANTIXK = {"output": "tanh", "activation": "LeakyReLU 0.01", "encoder_activation": "LeakyReLU 0.01", "map_activation": "none"}


@family("VAE", "a Lightning checkpoint (model. before all names, hyper_parameters, optimiser states); slope 0.01", settings=ANTIXK,
        source="AntixK/PyTorch-VAE vanilla_vae", file="m.ckpt")
def vae_antixk_vanilla(k):
    net = Vanilla()
    opt = whole(k, net, net.encode, net.decode, 32, faces(64, True), steps=500, size=32, how="mse", beta=.5)
    k.save({"epoch": 9, "global_step": 500, "pytorch-lightning_version": "1.5.6", "state_dict": prefixed("model.", state(net)),
            "callbacks": {"ModelCheckpoint": {"monitor": "val_loss", "best_model_score": torch.tensor(.02)}},
            "optimizer_states": [opt.state_dict()], "lr_schedulers": [{"gamma": .95, "last_epoch": 9}],
            "hparams_name": "params", "hyper_parameters": {"LR": .005, "kld_weight": .00025, "manual_seed": 1265}})


@family("conditional VAE", "one-hot class after z; encoder sees the class as a fourth channel", source="AntixK/PyTorch-VAE cvae",
        settings=ANTIXK, untellable="that 10 of the decoder's 42 inputs are the class (embed_class tells)", expect="encoder can't be run on a picture alone")
def cvae_antixk(k):
    net, x = Vanilla(classes=10, hidden=(8, 16, 24, 32, 32)), faces(64, True)
    y = torch.arange(len(x)) % 10
    x = x * (.55 + .05 * y.float())[:, None, None, None]
    def loss():
        i = torch.randint(0, len(x), (32,))
        c = F.one_hot(y[i], 10).float()
        mu, lv = net.encode(torch.cat([net.embed_data(x[i]), net.embed_class(c).view(-1, 1, 64, 64)], 1))
        out = net.decode(torch.cat([mu + torch.randn_like(mu) * (lv / 2).exp(), c], 1))
        return (F.mse_loss(out, x[i], reduction="sum") * 2 - .25 * (1 + lv - mu ** 2 - lv.exp()).sum()) / 32
    adam([net], 1e-3, loss, 400)
    with torch.no_grad():
        z = torch.randn(8, 32)
        of = lambda c: net.decode(torch.cat([z, F.one_hot(torch.full((8,), c), 10).float()], 1))
        full = torch.cat([z, F.one_hot(torch.arange(8), 10).float()], 1)
        k.golden(z=z, y=of(0), y_class3=of(3), z_alt=full, y_alt=net.decode(full))
    k.save(state(net))


class Burgess(nn.Module):
    """YannDubs/disentangling-vae."""

    class Enc(nn.Module):
        def __init__(self, d, w, h, size, nc):
            super().__init__()
            self.w, self.d, self.size = w, d, size
            self.conv1, self.conv2, self.conv3 = C(nc, w, 4, 2, 1), C(w, w, 4, 2, 1), C(w, w, 4, 2, 1)
            if size == 64:
                self.conv_64 = C(w, w, 4, 2, 1)
            self.lin1, self.lin2, self.mu_logvar_gen = L(w * 16, h), L(h, h), L(h, d * 2)

        def forward(self, x):
            for c in [self.conv1, self.conv2, self.conv3] + ([self.conv_64] if self.size == 64 else []):
                x = torch.relu(c(x))
            x = torch.relu(self.lin2(torch.relu(self.lin1(x.flatten(1)))))
            return self.mu_logvar_gen(x).view(-1, self.d, 2).unbind(-1)

    class Dec(nn.Module):
        def __init__(self, d, w, h, size, nc):
            super().__init__()
            self.w, self.size = w, size
            self.lin1, self.lin2, self.lin3 = L(d, h), L(h, h), L(h, w * 16)
            if size == 64:
                self.convT_64 = T(w, w, 4, 2, 1)
            self.convT1, self.convT2, self.convT3 = T(w, w, 4, 2, 1), T(w, w, 4, 2, 1), T(w, nc, 4, 2, 1)

        def forward(self, z):
            for f in (self.lin1, self.lin2, self.lin3):
                z = torch.relu(f(z))
            z = z.view(-1, self.w, 4, 4)
            for c in ([self.convT_64] if self.size == 64 else []) + [self.convT1, self.convT2]:
                z = torch.relu(c(z))
            return torch.sigmoid(self.convT3(z))

    def __init__(self, d=10, w=16, h=128, size=64, nc=1):
        super().__init__()
        self.encoder, self.decoder = self.Enc(d, w, h, size, nc), self.Dec(d, w, h, size, nc)


BURGESS = {"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "ReLU", "posterior": "interleaved"}


@family("VAE", "mean and log-variance interleaved", settings=BURGESS, source="YannDubs/disentangling-vae (dsprites)")
def vae_yanndubs_dsprites(k):
    net = Burgess()
    whole(k, net, net.encoder, net.decoder, 10, sprites(), steps=600, size=32)
    k.save(state(net), _use_new_zipfile_serialization=False)


@family("VAE", "mean and log-variance interleaved; FactorVAE, MNIST at 32; few steps", settings=BURGESS, source="YannDubs/disentangling-vae (factor, mnist)")
def vae_yanndubs_factor(k):
    net = Burgess(size=32)
    whole(k, net, net.encoder, net.decoder, 10, digits(32)[0], steps=900)
    k.save(state(net), _use_new_zipfile_serialization=False)


class View(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.view(-1, *self.shape)


def konny(k, enc, dec, d, nc, x, **how):
    net = nn.Module()
    net.encoder, net.decoder = enc, dec
    encode = lambda x: enc(x).chunk(2, 1)
    opt = whole(k, net, encode, dec, d, x, how="logits", **how)
    k.save({"iter": 1500000, "win_states": {"recon": "window_1", "kld": None}, "model_states": {"net": state(net)},
            "optim_states": {"optim": opt.state_dict()}})


KONNY = {"output": "none", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "ReLU", "posterior": "halves"}


@family("whole training", "encoder ends in a convolution to 1x1; decoder's first linear layer has a ReLU; logits out", settings=KONNY,
        untellable="output: the loss had the sigmoid", source="1Konny/Beta-VAE BetaVAE_H", file="m.last")
def vae_konny_h(k):
    d, w = 10, 16
    enc = nn.Sequential(C(3, w, 4, 2, 1), nn.ReLU(True), C(w, w, 4, 2, 1), nn.ReLU(True), C(w, w * 2, 4, 2, 1), nn.ReLU(True),
                        C(w * 2, w * 2, 4, 2, 1), nn.ReLU(True), C(w * 2, 128, 4, 1), nn.ReLU(True), View(128), L(128, d * 2))
    dec = nn.Sequential(L(d, 128), View(128, 1, 1), nn.ReLU(True), T(128, w * 2, 4), nn.ReLU(True), T(w * 2, w * 2, 4, 2, 1), nn.ReLU(True),
                        T(w * 2, w, 4, 2, 1), nn.ReLU(True), T(w, w, 4, 2, 1), nn.ReLU(True), T(w, 3, 4, 2, 1))
    konny(k, enc, dec, d, 3, faces(64), steps=400, size=32)


@family("whole training", "three linear layers each side, View modules skip numbers; logits out", settings=KONNY,
        untellable="output: the loss had the sigmoid", source="1Konny/Beta-VAE BetaVAE_B", file="m.last")
def vae_konny_b(k):
    d, w = 10, 16
    enc = nn.Sequential(C(1, w, 4, 2, 1), nn.ReLU(True), C(w, w, 4, 2, 1), nn.ReLU(True), C(w, w, 4, 2, 1), nn.ReLU(True), C(w, w, 4, 2, 1),
                        nn.ReLU(True), View(w * 16), L(w * 16, 128), nn.ReLU(True), L(128, 128), nn.ReLU(True), L(128, d * 2))
    dec = nn.Sequential(L(d, 128), nn.ReLU(True), L(128, 128), nn.ReLU(True), L(128, w * 16), nn.ReLU(True), View(w, 4, 4), T(w, w, 4, 2, 1),
                        nn.ReLU(True), T(w, w, 4, 2, 1), nn.ReLU(True), T(w, w, 4, 2, 1), nn.ReLU(True), T(w, 1, 4, 2, 1))
    konny(k, enc, dec, d, 1, sprites(), steps=600, size=32)


@family("conditional VAE", "one-hot class after z in MLP.L0; encoder takes picture and class", source="timbmeyer/CVAE_MNIST",
        settings={"output": "sigmoid", "activation": "ReLU", "class_join": "latent first"},
        untellable="that 10 of 12 inputs are the class (784+10 in the encoder tells)")
def cvae_timbmeyer(k):
    d, h = 4, 128
    net = nn.Module()
    net.encoder, net.decoder = nn.Module(), nn.Module()
    net.encoder.MLP = nn.Sequential()
    net.encoder.MLP.add_module("L0", L(794, h)); net.encoder.MLP.add_module("A0", nn.ReLU())
    net.encoder.linear_means, net.encoder.linear_log_var = L(h, d), L(h, d)
    m = net.decoder.MLP = nn.Sequential()
    m.add_module("L0", L(d + 10, h)); m.add_module("A0", nn.ReLU()); m.add_module("L1", L(h, 784)); m.add_module("sigmoid", nn.Sigmoid())
    x, y = digits()
    def loss():
        a, b = batch(x, 64, y)
        c = F.one_hot(b, 10).float()
        e = net.encoder.MLP(torch.cat([a.flatten(1), c], 1))
        mu, lv = net.encoder.linear_means(e), net.encoder.linear_log_var(e)
        out = m(torch.cat([mu + torch.randn_like(mu) * (lv / 2).exp(), c], 1))
        return (F.binary_cross_entropy(out, a.flatten(1), reduction="sum") - .5 * (1 + lv - mu ** 2 - lv.exp()).sum()) / 64
    adam([net], 1e-3, loss, 1500)
    with torch.no_grad():
        z = torch.randn(8, d)
        of = lambda c: m(torch.cat([z, F.one_hot(torch.full((8,), c), 10).float()], 1)).view(-1, 1, 28, 28)
        full = torch.cat([z, F.one_hot(torch.arange(8), 10).float()], 1)
        k.golden(z=z, y=of(0), y_class3=of(3), z_alt=full, y_alt=m(full).view(-1, 1, 28, 28))
    k.save(state(net))


@family("autoencoder", "latent is a map of 8x2x2; strides of 3, kernels 3, 5, 2; max pool 2 with stride 1", source="L1aoXingyu/pytorch-beginner conv_autoencoder",
        settings={"output": "tanh", "activation": "ReLU", "encoder_activation": "ReLU"})
def ae_l1aoxingyu_conv(k):
    net = nn.Module()
    net.encoder = nn.Sequential(C(1, 16, 3, stride=3, padding=1), nn.ReLU(True), nn.MaxPool2d(2, stride=2), C(16, 8, 3, stride=2, padding=1),
                                nn.ReLU(True), nn.MaxPool2d(2, stride=1))
    net.decoder = nn.Sequential(T(8, 16, 3, stride=2), nn.ReLU(True), T(16, 8, 5, stride=3, padding=1), nn.ReLU(True),
                                T(8, 1, 2, stride=2, padding=1), nn.Tanh())
    x = digits(28, True)[0]
    autoencode(net, lambda x: net.decoder(net.encoder(x)), x, steps=900)
    with torch.no_grad():
        mu = net.encoder(x[:4])
        z = net.encoder(x[20:28])
        k.golden(x=x[:4], mu=mu.flatten(1), z=z.flatten(1), y=net.decoder(z))
    k.save(state(net))


@family("autoencoder", "a bottleneck of 3 numbers among 12, 64, 128", source="L1aoXingyu / morvanzhou MLP autoencoder",
        settings={"output": "tanh", "activation": "ReLU", "encoder_activation": "ReLU"})
def ae_l1aoxingyu_mlp(k):
    net = nn.Module()
    net.encoder = nn.Sequential(L(784, 128), nn.ReLU(True), L(128, 64), nn.ReLU(True), L(64, 12), nn.ReLU(True), L(12, 3))
    net.decoder = nn.Sequential(L(3, 12), nn.ReLU(True), L(12, 64), nn.ReLU(True), L(64, 128), nn.ReLU(True), L(128, 784), nn.Tanh())
    x = digits(28, True)[0]
    autoencode(net, lambda x: net.decoder(net.encoder(x.flatten(1))), x, steps=1200)
    k.decoder(lambda z: net.decoder(z).view(-1, 1, 28, 28), 3)
    k.golden(x=x[:4], mu=net.encoder(x[:4].flatten(1)))
    k.save(state(net))


@family("autoencoder", "conv kernels 7 to 1x1, transposed back", source="nextjournal / udacity conv autoencoder",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU"})
def ae_conv_to_vector(k):
    net = nn.Module()
    net.encoder = nn.Sequential(C(1, 12, 3, stride=2, padding=1), nn.ReLU(), C(12, 24, 3, stride=2, padding=1), nn.ReLU(), C(24, 32, 7))
    net.decoder = nn.Sequential(T(32, 24, 7), nn.ReLU(), T(24, 12, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
                                T(12, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid())
    x = digits()[0]
    autoencode(net, lambda x: net.decoder(net.encoder(x)), x)
    k.decoder(lambda z: net.decoder(z.view(-1, 32, 1, 1)), 32)
    k.golden(x=x[:4], mu=net.encoder(x[:4]).flatten(1))
    k.save(state(net))


@family("autoencoder", "max pooling down, kernel 2 stride 2 up; latent map 4x7x7", source="Udacity convolutional autoencoder",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU"})
def ae_udacity_conv(k):
    class A(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2, self.pool = C(1, 16, 3, padding=1), C(16, 4, 3, padding=1), nn.MaxPool2d(2, 2)
            self.t_conv1, self.t_conv2 = T(4, 16, 2, stride=2), T(16, 1, 2, stride=2)

        def code(self, x):
            return self.pool(F.relu(self.conv2(self.pool(F.relu(self.conv1(x))))))

        def draw(self, z):
            return torch.sigmoid(self.t_conv2(F.relu(self.t_conv1(z))))
    net, x = A(), digits()[0]
    autoencode(net, lambda x: net.draw(net.code(x)), x, steps=500)
    with torch.no_grad():
        z = net.code(x[20:28])
        k.golden(x=x[:4], mu=net.code(x[:4]).flatten(1), z=z.flatten(1), y=net.draw(z))
    k.save(state(net))


@family("VAE", "kernels of 5, output_padding 1, no biases, norms of vectors before maps", source="lucabergamini/VAEGAN-PYTORCH",
        settings={"output": "tanh", "activation": "ReLU", "encoder_activation": "ReLU"})
def vaegan_bergamini(k):
    class EB(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.conv, self.bn = C(i, o, 5, padding=2, stride=2, bias=False), B(o, momentum=.9)

        def forward(self, x):
            return F.relu(self.bn(self.conv(x)))

    class DB(EB):
        def __init__(self, i, o):
            super().__init__(i, o)
            self.conv = T(i, o, 5, padding=2, stride=2, output_padding=1, bias=False)

    class Enc(nn.Module):
        def __init__(self, d, w=12):
            super().__init__()
            self.conv = nn.Sequential(EB(3, w), EB(w, w * 2), EB(w * 2, w * 4))
            self.fc = nn.Sequential(L(w * 4 * 64, 64, bias=False), nn.BatchNorm1d(64, momentum=.9), nn.ReLU(True))
            self.l_mu, self.l_var = L(64, d), L(64, d)

        def forward(self, x):
            h = self.fc(self.conv(x).flatten(1))
            return self.l_mu(h), self.l_var(h)

    class Dec(nn.Module):
        def __init__(self, d, w=12):
            super().__init__()
            self.w = w * 4
            self.fc = nn.Sequential(L(d, w * 4 * 64, bias=False), nn.BatchNorm1d(w * 4 * 64, momentum=.9), nn.ReLU(True))
            self.conv = nn.Sequential(DB(w * 4, w * 4), DB(w * 4, w * 2), DB(w * 2, w), nn.Sequential(C(w, 3, 5, 1, 2), nn.Tanh()))

        def forward(self, z):
            return self.conv(self.fc(z).view(-1, self.w, 8, 8))
    net = nn.Module()
    net.encoder, net.decoder = Enc(32), Dec(32)
    disc = nn.Module()
    disc.conv = nn.ModuleList([nn.Sequential(C(3, 8, 5, 1, 2), nn.ReLU(True)), EB(8, 16), EB(16, 16)])
    disc.fc = nn.Sequential(L(16 * 256, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(True), L(16, 1))
    whole(k, net, net.encoder, net.decoder, 32, faces(64, True), steps=160, size=24, how="mse")
    net.discriminator = disc
    k.save(state(net))


@family("VAE", "nearest doubling and replicated edges in the decoder; ε 1e-5 in the encoder, 1e-3 in the decoder", source="bhpfelix/Variational-Autoencoder-PyTorch (DFC-VAE's)",
        settings={"output": "sigmoid", "activation": "LeakyReLU 0.2", "encoder_activation": "LeakyReLU 0.2", "map_activation": "ReLU", "edges": "replicated", "upsampling": "nearest"},
        untellable="edges; ε in the decoder; a ReLU after d1, LeakyReLU elsewhere")
def vae_bhpfelix(k):
    class V(nn.Module):
        def __init__(self, ndf=6, ngf=6, d=32):
            super().__init__()
            self.ngf = ngf
            self.e1, self.bn1 = C(3, ndf, 4, 2, 1), B(ndf)
            self.e2, self.bn2 = C(ndf, ndf * 2, 4, 2, 1), B(ndf * 2)
            self.e3, self.bn3 = C(ndf * 2, ndf * 4, 4, 2, 1), B(ndf * 4)
            self.e4, self.bn4 = C(ndf * 4, ndf * 8, 4, 2, 1), B(ndf * 8)
            self.fc1, self.fc2, self.d1 = L(ndf * 8 * 16, d), L(ndf * 8 * 16, d), L(d, ngf * 8 * 16)
            self.up, self.pd = nn.UpsamplingNearest2d(scale_factor=2), nn.ReplicationPad2d(1)
            self.d2, self.bn6 = C(ngf * 8, ngf * 4, 3, 1), B(ngf * 4, 1e-3)
            self.d3, self.bn7 = C(ngf * 4, ngf * 2, 3, 1), B(ngf * 2, 1e-3)
            self.d4, self.bn8 = C(ngf * 2, ngf, 3, 1), B(ngf, 1e-3)
            self.d5 = C(ngf, 3, 3, 1)

        def encode(self, x):
            for c, b in ((self.e1, self.bn1), (self.e2, self.bn2), (self.e3, self.bn3), (self.e4, self.bn4)):
                x = F.leaky_relu(b(c(x)), .2)
            return self.fc1(x.flatten(1)), self.fc2(x.flatten(1))

        def decode(self, z):
            h = F.relu(self.d1(z)).view(-1, self.ngf * 8, 4, 4)
            for c, b in ((self.d2, self.bn6), (self.d3, self.bn7), (self.d4, self.bn8)):
                h = F.leaky_relu(b(c(self.pd(self.up(h)))), .2)
            return torch.sigmoid(self.d5(self.pd(self.up(h))))
    net = V()
    whole(k, net, net.encode, net.decode, 32, faces(64), steps=450, size=32)
    k.save(state(net))


@family("autoencoder", "4x4 transposed convolutions of stride 1 grow 7 to 10 to 13 to 28", source="schelotto/Wasserstein_Autoencoders wae_mmd",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "ReLU"})
def wae_schelotto(k):
    class E(nn.Module):
        def __init__(self, w=12, d=8):
            super().__init__()
            self.main = nn.Sequential(C(1, w, 4, 2, 1, bias=False), nn.ReLU(True), C(w, w * 2, 4, 2, 1, bias=False), B(w * 2), nn.ReLU(True),
                                      C(w * 2, w * 4, 4, 2, 1, bias=False), B(w * 4), nn.ReLU(True), C(w * 4, w * 8, 4, 2, 1, bias=False), B(w * 8), nn.ReLU(True))
            self.fc = L(w * 8, d)

        def forward(self, x):
            return self.fc(self.main(x).squeeze())

    class D(nn.Module):
        def __init__(self, w=12, d=8):
            super().__init__()
            self.w = w * 8
            self.proj = nn.Sequential(L(d, w * 8 * 49), nn.ReLU())
            self.main = nn.Sequential(T(w * 8, w * 4, 4), B(w * 4), nn.ReLU(True), T(w * 4, w * 2, 4), B(w * 2), nn.ReLU(True), T(w * 2, 1, 4, stride=2), nn.Sigmoid())

        def forward(self, z):
            return self.main(self.proj(z).view(-1, self.w, 7, 7))
    e, g, x = E(), D(), digits()[0]
    both = nn.ModuleList([e, g])
    def loss():
        a = batch(x, 64)
        z = e(a)
        return F.mse_loss(g(z), a) * 20 + .01 * (z.mean(0).pow(2).sum() + (z.var(0) - 1).pow(2).sum())
    adam([both], 1e-3, loss, 400)
    k.decoder(g, 8)
    k.golden(x=x[:4], mu=e(x[:4]))
    k.save({"encoder": state(e), "decoder": state(g)})


@family("VAE", "MMD-VAE: convolutions of kernel 5, one head without variance", source="napsternxg-style InfoVAE/MMD-VAE",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "LeakyReLU 0.2", "map_activation": "ReLU"},
        untellable="activations differ between encoder and decoder")
def mmdvae(k):
    class V(nn.Module):
        def __init__(self, w=16, d=8):
            super().__init__()
            self.w = w
            self.encoder = nn.Sequential(C(1, w, 4, 2, 1), nn.LeakyReLU(.2), C(w, w * 2, 4, 2, 1), nn.LeakyReLU(.2), nn.Flatten(),
                                         L(w * 2 * 49, 128), nn.LeakyReLU(.2), L(128, d))
            self.fc_dec = nn.Sequential(L(d, 128), nn.ReLU(), L(128, w * 2 * 49), nn.ReLU())
            self.conv_dec = nn.Sequential(T(w * 2, w, 4, 2, 1), nn.ReLU(), T(w, 1, 4, 2, 1), nn.Sigmoid())

        def decode(self, z):
            return self.conv_dec(self.fc_dec(z).view(-1, self.w * 2, 7, 7))
    net, x = V(), digits()[0]
    def kernel(a, b):
        return torch.exp(-(a[:, None] - b[None]).pow(2).mean(2) / a.shape[1])
    def loss():
        a = batch(x, 64)
        z = net.encoder(a)
        t = torch.randn_like(z)
        mmd = kernel(t, t).mean() + kernel(z, z).mean() - 2 * kernel(t, z).mean()
        return F.mse_loss(net.decode(z), a) * 20 + mmd * 10
    adam([net], 1e-3, loss, 500)
    k.decoder(net.decode, 8)
    k.golden(x=x[:4], mu=net.encoder(x[:4]))
    k.save(state(net))


@family("decoder", "adversarial variational Bayes: encoder takes the picture and noise; decoder, encoder and T in one file", source="AVB in PyTorch (wiseodd)",
        settings={"output": "sigmoid", "activation": "ReLU"})
def avb_wiseodd(k):
    d, h = 10, 128
    Q = nn.Sequential(L(784 + d, h), nn.ReLU(), L(h, d))
    P = nn.Sequential(L(d, h), nn.ReLU(), L(h, 784), nn.Sigmoid())
    Tn = nn.Sequential(L(784 + d, h), nn.ReLU(), L(h, 1))
    x = digits()[0]
    def loss():
        a = batch(x, 64).flatten(1)
        z = Q(torch.cat([a, torch.randn(64, d)], 1))
        return F.mse_loss(P(z), a) * 20 + .01 * (z.mean(0).pow(2).sum() + (z.var(0) - 1).pow(2).sum())
    adam([Q, P], 1e-3, loss, 900)
    k.decoder(lambda z: P(z).view(-1, 1, 28, 28), d)
    k.save({"Q": state(Q), "P": state(P), "T": state(Tn)})


@family("VAE", "ELU everywhere, BatchNorm1d between the linear layers, logits out", source="own taste",
        settings={"output": "none", "activation": "ELU", "encoder_activation": "ELU"}, untellable="output: the loss had the sigmoid", file="m.safetensors")
def vae_mlp_elu_bn(k):
    net = nn.Module()
    h, d = 128, 12
    net.encode = nn.Sequential(L(784, h), nn.BatchNorm1d(h), nn.ELU(), L(h, h), nn.BatchNorm1d(h), nn.ELU())
    net.to_mean, net.to_logvar = L(h, d), L(h, d)
    net.decode = nn.Sequential(L(d, h), nn.BatchNorm1d(h), nn.ELU(), L(h, h), nn.BatchNorm1d(h), nn.ELU(), L(h, 784))
    def encode(x):
        e = net.encode(x.flatten(1))
        return net.to_mean(e), net.to_logvar(e)
    whole(k, net, encode, lambda z: net.decode(z).view(-1, 1, 28, 28), d, digits()[0], steps=1000, how="logits")
    k.save(state(net))


@family("VAE", "log-variance head stands before the mean in the file", source="own taste: fields logvar, mu",
        settings={"output": "sigmoid", "activation": "tanh", "encoder_activation": "tanh"}, untellable="tanh inside")
def vae_mlp_tanh_reversed(k):
    net = nn.Module()
    h, d = 128, 8
    net.hidden, net.logvar, net.mu, net.dec_hidden, net.out = L(784, h), L(h, d), L(h, d), L(d, h), L(h, 784)
    def encode(x):
        e = torch.tanh(net.hidden(x.flatten(1)))
        return net.mu(e), net.logvar(e)
    whole(k, net, encode, lambda z: torch.sigmoid(net.out(torch.tanh(net.dec_hidden(z)))).view(-1, 1, 28, 28), d, digits()[0], steps=1200)
    k.save(state(net))


@family("VQ-VAE", "codebook; residual blocks relu-conv-relu-conv; the latent is a map of codes", source="zalandoresearch/pytorch-vq-vae",
        settings={}, expect="refused politely, or opened as an autoencoder of maps (z before the codebook)")
def vqvae_zalando(k):
    w, r, d = 32, 8, 16
    class Res(nn.Module):
        def __init__(self):
            super().__init__()
            self._block = nn.Sequential(nn.ReLU(True), C(w, r, 3, 1, 1, bias=False), nn.ReLU(True), C(r, w, 1, 1, bias=False))

        def forward(self, x):
            return x + self._block(x)  # in place, so that what is beside is rectified too

    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            self._layers = nn.ModuleList([Res(), Res()])

        def forward(self, x):
            for l in self._layers:
                x = l(x)
            return F.relu(x)
    net = nn.Module()
    e = net._encoder = nn.Module()
    e._conv_1, e._conv_2, e._conv_3, e._residual_stack = C(3, w // 2, 4, 2, 1), C(w // 2, w, 4, 2, 1), C(w, w, 3, 1, 1), Stack()
    net._pre_vq_conv = C(w, d, 1)
    vq = net._vq_vae = nn.Module()
    vq._embedding = nn.Embedding(64, d)
    g = net._decoder = nn.Module()
    g._conv_1, g._residual_stack, g._conv_trans_1, g._conv_trans_2 = C(d, w, 3, 1, 1), Stack(), T(w, w // 2, 4, 2, 1), T(w // 2, 3, 4, 2, 1)
    enc = lambda x: net._pre_vq_conv(e._residual_stack(e._conv_3(F.relu(e._conv_2(F.relu(e._conv_1(x)))))))
    dec = lambda z: g._conv_trans_2(F.relu(g._conv_trans_1(g._residual_stack(g._conv_1(z)))))
    x = faces(32) - .5
    nn.init.normal_(vq._embedding.weight)
    def quantise(z):
        flat = z.permute(0, 2, 3, 1).reshape(-1, d)
        i = torch.cdist(flat, vq._embedding.weight).argmin(1)
        return vq._embedding(i).view(len(z), 8, 8, d).permute(0, 3, 1, 2)
    def loss():
        a = batch(x, 32)
        z = enc(a)
        q = quantise(z)
        return F.mse_loss(dec(z + (q - z).detach()), a) * 10 + F.mse_loss(q, z.detach()) + .25 * F.mse_loss(z, q.detach())
    adam([net], 1e-3, loss, 300)
    with torch.no_grad():
        z = quantise(enc(x[20:28]))
        k.golden(z=z.flatten(1), y=dec(z), x=x[:4], mu=enc(x[:4]).flatten(1))
    k.save(state(net))
