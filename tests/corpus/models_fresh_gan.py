"""A second set of generators and critics, made without looking at how zscope infers: cGANs of several joins, critics with heads or norms, BEGAN, ALI.

Those that call `calibrate` are untrained: default weights, norms that have seen a few batches."""

from common import *
from models_keras import HWC, Same, SameT, keras

C, T, B, L = nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.Linear


def leaky(a=.2):
    return nn.LeakyReLU(a, inplace=True)


@torch.no_grad()
def judged(k, logit, x, sigmoid=False):
    """Critic of four pictures; a probability or its logit are both right."""
    out = logit(x[:4]).reshape(4, -1)
    assert out.std(0).mean() > .01, f"{k.name} tells nothing apart"
    k.golden(x=x[:4], critic=out.sigmoid() if sigmoid else out, **({"critic_alt": out} if sigmoid else {}))


@torch.no_grad()
def by_class(k, draw, dim, n=8, prior=normal):
    z = prior(n, dim)
    of = lambda c: draw(z, torch.full((n,), c))
    y = of(0)
    assert y.std() > 1e-3 and (of(3) - y).abs().max() > 1e-3
    k.golden(z=z, y=y, y_class3=of(3))


def onehot(y):
    return F.one_hot(y, 10).float()


# ---- plain GANs

class FCs(nn.Module):
    """lyeoni/pytorch-mnist-GAN: fc1 to fc4 as fields, activations only in forward."""

    def __init__(self, *sizes):
        super().__init__()
        for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
            setattr(self, f"fc{i + 1}", L(a, b))
        self.n = len(sizes) - 1

    def forward(self, x):
        for i in range(1, self.n):
            x = F.leaky_relu(getattr(self, f"fc{i}")(x), .2)
        return getattr(self, f"fc{self.n}")(x)


@family("generator", "MLP of fields fc1-fc4, leaky inside, no norms", settings={"output": "tanh", "activation": "LeakyReLU 0.2"}, source="lyeoni/pytorch-mnist-GAN")
def fg_lyeoni_g(k):
    net = FCs(100, 64, 128, 256, 784)
    draw = lambda z: torch.tanh(net(z)).view(-1, 1, 28, 28)
    glo(net, draw, digits(28, True)[0], 100, steps=400, calls=1)
    k.decoder(draw, 100)
    k.save(state(net))


@family("discriminator", "MLP of fields fc1-fc4, hardly trained", settings={"critic_activation": "LeakyReLU 0.2"}, source="lyeoni/pytorch-mnist-GAN")
def fg_lyeoni_d(k):
    net = FCs(784, 256, 128, 64, 1)
    x = digits(28, True)[0]
    discriminate(net, lambda x: net(x.flatten(1)), x, steps=30)
    judged(k, lambda x: net(x.flatten(1)), x, True)
    k.save(state(net))


@family("whole training", "tconv1..tconv5 and bn1..bn4 as fields; generator, discriminator, two optimisers, params", source="Natsu6767/DCGAN-PyTorch",
        settings={"output": "tanh", "activation": "ReLU"})
def fg_natsu_dcgan(k):
    g, d, w = nn.Module(), nn.Module(), 6
    for i, (a, b) in enumerate([(100, w * 8), (w * 8, w * 4), (w * 4, w * 2), (w * 2, w), (w, 3)], 1):
        setattr(g, f"tconv{i}", T(a, b, 4, 1 if i == 1 else 2, 0 if i == 1 else 1, bias=False))
        if i < 5:
            setattr(g, f"bn{i}", B(b))
    for i, (a, b) in enumerate([(3, w), (w, w * 2), (w * 2, w * 4), (w * 4, w * 8), (w * 8, 1)], 1):
        setattr(d, f"conv{i}", C(a, b, 4, 2 if i < 5 else 1, 1 if i < 5 else 0, bias=False))
        if 1 < i < 5:
            setattr(d, f"bn{i}", B(b))
    def draw(z):
        h = z.view(len(z), -1, 1, 1)
        for i in range(1, 5):
            h = F.relu(getattr(g, f"bn{i}")(getattr(g, f"tconv{i}")(h)))
        return torch.tanh(g.tconv5(h))
    g.apply(dcgan_init), d.apply(dcgan_init)
    opt = glo(g, draw, faces(64, True), 100, steps=250)
    k.decoder(draw, 100)
    k.save({"generator": state(g), "discriminator": state(d), "optimizerG": opt.state_dict(), "optimizerD": torch.optim.Adam(d.parameters()).state_dict(),
            "params": {"bsize": 128, "imsize": 64, "nc": 3, "nz": 100, "ngf": w, "ndf": w, "lr": .0002, "save_epoch": 2}})


@family("generator", "names with colons that carry widths (pyramid:32-16:convt); an extra 3x3 convolution before the end", source="martinarjovsky/WassersteinGAN dcgan.py",
        settings={"output": "tanh", "activation": "ReLU"})
def fg_arjovsky_g(k):
    main, c = nn.Sequential(), 32
    main.add_module(f"initial:100-{c}:convt", T(100, c, 4, 1, 0, bias=False))
    main.add_module(f"initial:{c}:batchnorm", B(c)), main.add_module(f"initial:{c}:relu", nn.ReLU(True))
    while c > 8:
        main.add_module(f"pyramid:{c}-{c // 2}:convt", T(c, c // 2, 4, 2, 1, bias=False))
        main.add_module(f"pyramid:{c // 2}:batchnorm", B(c // 2)), main.add_module(f"pyramid:{c // 2}:relu", nn.ReLU(True))
        c //= 2
    main.add_module(f"extra-layers-0:{c}:conv", C(c, c, 3, 1, 1, bias=False))
    main.add_module(f"extra-layers-0:{c}:batchnorm", B(c)), main.add_module(f"extra-layers-0:{c}:relu", nn.ReLU(True))
    main.add_module(f"final:{c}-3:convt", T(c, 3, 4, 2, 1, bias=False)), main.add_module("final:3:tanh", nn.Tanh())
    net = nn.Module()
    net.main = main
    net.apply(dcgan_init)
    draw = lambda z: main(z.view(len(z), -1, 1, 1))
    glo(net, draw, faces(32, True), 100, steps=250)
    k.decoder(draw, 100)
    k.save(state(net), _use_new_zipfile_serialization=False)


@family("discriminator", "names with colons; extra 3x3 layers; no sigmoid; untrained", settings={"critic_activation": "LeakyReLU 0.2"}, source="martinarjovsky/WassersteinGAN dcgan.py")
def fg_arjovsky_d(k):
    main, c = nn.Sequential(), 8
    main.add_module(f"initial:conv:3-{c}", C(3, c, 4, 2, 1, bias=False)), main.add_module(f"initial:relu:{c}", leaky())
    main.add_module(f"extra-layers-0:{c}:conv", C(c, c, 3, 1, 1, bias=False))
    main.add_module(f"extra-layers-0:{c}:batchnorm", B(c)), main.add_module(f"extra-layers-0:{c}:relu", leaky())
    for _ in range(3):
        main.add_module(f"pyramid:{c}-{c * 2}:conv", C(c, c * 2, 4, 2, 1, bias=False))
        main.add_module(f"pyramid:{c * 2}:batchnorm", B(c * 2)), main.add_module(f"pyramid:{c * 2}:relu", leaky())
        c *= 2
    main.add_module(f"final:{c}-1:conv", C(c, 1, 4, 1, 0, bias=False))
    net, x = nn.Module(), faces(64, True)
    net.main = main
    net.apply(dcgan_init)
    calibrate(net, lambda: main(batch(x)))
    judged(k, main, x)
    k.save(state(net))


@family("discriminator", "affine instance norms in a WGAN-GP critic, the last convolution under another name, untrained", settings={"critic_activation": "LeakyReLU 0.2"},
        source="Zeleni9/pytorch-wgan wgan_gradient_penalty.py")
def fg_zeleni9_critic(k):
    net, w, x = nn.Module(), 16, faces(32, True)
    net.main_module = nn.Sequential(C(3, w, 4, 2, 1), nn.InstanceNorm2d(w, affine=True), leaky(), C(w, w * 2, 4, 2, 1), nn.InstanceNorm2d(w * 2, affine=True), leaky(),
                                    C(w * 2, w * 4, 4, 2, 1), nn.InstanceNorm2d(w * 4, affine=True), leaky())
    net.output = nn.Sequential(C(w * 4, 1, 4, 1, 0))
    judged(k, lambda x: net.output(net.main_module(x)), x)
    k.save(state(net))


@family("discriminator", "LayerNorm over whole maps ([c,h,w] weights), a linear end", settings={"critic_activation": "LeakyReLU 0.2"}, source="WGAN-GP tutorials with nn.LayerNorm([c, h, w])")
def fg_layernorm_critic(k):
    w, x = 8, faces(32, True)
    net = nn.Sequential(C(3, w, 5, 2, 2), leaky(), C(w, w * 2, 5, 2, 2), nn.LayerNorm([w * 2, 8, 8]), leaky(), C(w * 2, w * 4, 5, 2, 2), nn.LayerNorm([w * 4, 4, 4]), leaky(),
                        nn.Flatten(), L(w * 4 * 16, 1))
    discriminate(net, net, x, steps=150)
    judged(k, net, x)
    k.save({"critic": state(net), "iteration": 20000})


@family("generator", "norms after ReLU; two Sequentials latent_to_features and features_to_image", settings={"output": "sigmoid", "activation": "ReLU", "map_activation": "ReLU"},
        source="EmilienDupont/wgan-gp")
def fg_emilien_g(k):
    net, w = nn.Module(), 8
    net.latent_to_features = nn.Sequential(L(64, 8 * w * 4), nn.ReLU())
    net.features_to_image = nn.Sequential(T(8 * w, 4 * w, 4, 2, 1), nn.ReLU(), B(4 * w), T(4 * w, 2 * w, 4, 2, 1), nn.ReLU(), B(2 * w), T(2 * w, w, 4, 2, 1), nn.ReLU(), B(w),
                                          T(w, 1, 4, 2, 1), nn.Sigmoid())
    draw = lambda z: net.features_to_image(net.latent_to_features(z).view(-1, 8 * w, 2, 2))
    glo(net, draw, digits(32)[0], 64, steps=250)
    k.decoder(draw, 64)
    k.save(state(net))


@family("generator", "kernels 3 and 4 with strides 2, 1, 2, 2 without padding: 3, 6, 13, 28; gen.0.0", settings={"output": "tanh", "activation": "ReLU"},
        source="Coursera GAN specialisation, DCGAN week")
def fg_coursera_g(k):
    net, w = nn.Module(), 12
    part = lambda i, o, kernel=3, s=2: nn.Sequential(T(i, o, kernel, s), B(o), nn.ReLU(inplace=True))
    net.gen = nn.Sequential(part(64, w * 4), part(w * 4, w * 2, 4, 1), part(w * 2, w), nn.Sequential(T(w, 1, 4, 2), nn.Tanh()))
    net.apply(dcgan_init)
    draw = lambda z: net.gen(z.view(len(z), -1, 1, 1))
    glo(net, draw, digits(28, True)[0], 64, steps=250)
    k.decoder(draw, 64)
    k.save(state(net))


@family("discriminator", "28 pixels, kernels of 4 with stride 2 and no padding: 13, 5, 1", settings={"critic_activation": "LeakyReLU 0.2"}, source="Coursera GAN specialisation, DCGAN week")
def fg_coursera_d(k):
    net, x = nn.Module(), digits(28, True)[0]
    net.disc = nn.Sequential(nn.Sequential(C(1, 16, 4, 2), B(16), leaky()), nn.Sequential(C(16, 32, 4, 2), B(32), leaky()), nn.Sequential(C(32, 1, 4, 2)))
    net.apply(dcgan_init)
    discriminate(net, net.disc, x, steps=150)
    judged(k, net.disc, x)
    k.save({"disc": state(net), "step": 500})


@family("generator", "kernel 3 of the second layer turns 4 into 7; a Hub mixin's pytorch_model.bin; untrained", settings={"output": "tanh", "activation": "ReLU"},
        source="huggan-like DCGAN for MNIST", file="m.bin", untellable="output: untrained pictures are grey")
def fg_hub_mnist28(k):
    net, w = nn.Module(), 8
    net.network = nn.Sequential(T(100, w * 4, 4, 1, 0, bias=False), B(w * 4), nn.ReLU(True), T(w * 4, w * 2, 3, 2, 1, bias=False), B(w * 2), nn.ReLU(True),
                                T(w * 2, w, 4, 2, 1, bias=False), B(w), nn.ReLU(True), T(w, 1, 4, 2, 1, bias=False), nn.Tanh())
    draw = lambda z: net.network(z.view(len(z), -1, 1, 1))
    calibrate(net, lambda: draw(torch.randn(64, 100)))
    k.decoder(draw, 100)
    k.save(state(net))


@family("generator", "LSGAN's transposed convolutions of 5: stride 2 with output padding, then stride 1; a tuple of two state dicts; untrained", source="LSGAN's paper, as repositories write it",
        untellable="output: untrained pictures are grey",
        settings={"output": "tanh", "activation": "ReLU"})
def fg_lsgan_tuple(k):
    w = 16
    g = nn.Sequential(L(128, w * 2 * 16), nn.Unflatten(1, (w * 2, 4, 4)), B(w * 2), nn.ReLU(), T(w * 2, w * 2, 5, 2, 2, 1), B(w * 2), nn.ReLU(), T(w * 2, w * 2, 5, 1, 2), B(w * 2), nn.ReLU(),
                      T(w * 2, w, 5, 2, 2, 1), B(w), nn.ReLU(), T(w, w, 5, 1, 2), B(w), nn.ReLU(), T(w, w // 2, 5, 2, 2, 1), B(w // 2), nn.ReLU(), T(w // 2, 3, 5, 1, 2), nn.Tanh())
    d = nn.Sequential(C(3, w, 5, 2, 2), leaky(), C(w, w * 2, 5, 2, 2), B(w * 2), leaky(), C(w * 2, w * 2, 5, 2, 2), B(w * 2), leaky(), nn.Flatten(), L(w * 2 * 16, 1))
    calibrate(g, lambda: g(torch.randn(64, 128)))
    k.decoder(g, 128)
    k.save((state(g), state(d)))


@family("whole training", "Lightning's own GAN tutorial: generator.model. and discriminator.model. in one state_dict; ε 0.8", source="PyTorch Lightning basic GAN tutorial", file="m.ckpt",
        settings={"output": "tanh", "activation": "LeakyReLU 0.2", "epsilon": "0.8"})
def fg_lightning_gan(k):
    block = lambda i, o, norm=True: [L(i, o)] + ([nn.BatchNorm1d(o, .8)] if norm else []) + [leaky()]
    net = nn.Module()
    net.generator, net.discriminator = nn.Module(), nn.Module()
    net.generator.model = nn.Sequential(*block(100, 64, False), *block(64, 96), *block(96, 128), L(128, 784), nn.Tanh())
    net.discriminator.model = nn.Sequential(L(784, 128), leaky(), L(128, 64), leaky(), L(64, 1), nn.Sigmoid())
    draw = lambda z: net.generator.model(z).view(-1, 1, 28, 28)
    opt = glo(net.generator, draw, digits(28, True)[0], 100, steps=300)
    k.decoder(draw, 100)
    k.save({"epoch": 5, "global_step": 4300, "pytorch-lightning_version": "2.0.2", "state_dict": state(net), "loops": {}, "callbacks": {}, "lr_schedulers": [],
            "optimizer_states": [opt.state_dict(), torch.optim.Adam(net.discriminator.parameters()).state_dict()],
            "hparams_name": "kwargs", "hyper_parameters": {"latent_dim": 100, "lr": .0002, "b1": .5, "b2": .999, "batch_size": 256}})


@family("generator", "LayerNorm and GELU between linear layers, untrained", settings={"output": "sigmoid", "activation": "GELU"}, source="own taste", file="m.safetensors",
        untellable="GELU; output: untrained pictures are grey")
def fg_mlp_ln_gelu(k):
    net = nn.Sequential(L(32, 96), nn.LayerNorm(96), nn.GELU(), L(96, 128), nn.LayerNorm(128), nn.GELU(), L(128, 784), nn.Sigmoid())
    k.decoder(lambda z: net(z).view(-1, 1, 28, 28), 32)
    k.save(prefixed("generator.layers.", state(net)))


@family("generator", "ModuleDict and ModuleList, group norm after doubling and convolution; the EMA is a dict 'shadow' beside", source="own taste",
        settings={"output": "tanh", "activation": "LeakyReLU 0.2", "map_activation": "none", "groups": "4 groups", "upsampling": "nearest"}, untellable="groups")
def fg_moduledict_gn(k):
    w = 16
    net = nn.ModuleDict({"project": L(64, w * 2 * 16), "blocks": nn.ModuleList([nn.ModuleDict({"conv": C(a, b, 3, 1, 1), "norm": nn.GroupNorm(4, b)}) for a, b in [(w * 2, w * 2), (w * 2, w), (w, w)]]),
                         "to_rgb": C(w, 3, 1)})
    def draw(z):
        h = net["project"](z).view(-1, w * 2, 4, 4)
        for b in net["blocks"]:
            h = F.leaky_relu(b["norm"](b["conv"](F.interpolate(h, scale_factor=2))), .2)
        return torch.tanh(net["to_rgb"](h))
    opt = glo(net, draw, faces(32, True), 64, steps=250, calls=1)
    k.decoder(draw, 64)
    raw = {n: v + .03 * torch.randn_like(v) for n, v in state(net).items()}
    k.save({"model": raw, "ema": {"decay": .999, "num_updates": 250, "shadow": state(net)}, "optimizer": opt.state_dict()})


@family("generator", "SRResNet from noise: residual blocks without a last activation, a long skip, pixel shuffles, a kernel of 9", source="DRAGAN anime generators (makegirlsmoe-like)",
        settings={"output": "tanh", "activation": "ReLU", "map_activation": "ReLU"}, untellable="the long skip from the first map")
def fg_srresnet_dragan(k):
    class Res(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.conv1, self.bn1, self.conv2, self.bn2 = C(n, n, 3, 1, 1, bias=False), B(n), C(n, n, 3, 1, 1, bias=False), B(n)

        def forward(self, x):
            return x + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
    net, w = nn.Module(), 16
    net.dense, net.bn_in = L(64, w * 64), B(w)
    net.residual = nn.Sequential(*[Res(w) for _ in range(3)])
    net.bn_mid = B(w)
    net.upscale = nn.Sequential(*[m for _ in range(2) for m in (C(w, w * 4, 3, 1, 1), nn.PixelShuffle(2), B(w), nn.ReLU(True))])
    net.conv_out = C(w, 3, 9, 1, 4)
    def draw(z):
        h = F.relu(net.bn_in(net.dense(z).view(-1, w, 8, 8)))
        return torch.tanh(net.conv_out(net.upscale(h + F.relu(net.bn_mid(net.residual(h))))))
    glo(net, draw, faces(32, True), 64, steps=150, calls=60)
    k.decoder(draw, 64)
    k.save({"G": state(net)})


@family("generator", "residual Sequentials beside shortcut Sequentials (residual.3, shortcut.1); net_G with noise, ema_G is what draws; one step of training", source="w86763777/pytorch-gan-collections ResGenerator32",
        settings={"output": "tanh", "activation": "ReLU", "map_activation": "none", "upsampling": "nearest"})
def fg_gancollections_res(k):
    class Block(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.residual = nn.Sequential(B(i), nn.ReLU(), nn.Upsample(scale_factor=2), C(i, o, 3, 1, 1), B(o), nn.ReLU(), C(o, o, 3, 1, 1))
            self.shortcut = nn.Sequential(nn.Upsample(scale_factor=2), C(i, o, 1))

        def forward(self, x):
            return self.residual(x) + self.shortcut(x)
    net, w = nn.Module(), 12
    net.linear, net.blocks = L(128, 16 * w), nn.Sequential(Block(w, w), Block(w, w), Block(w, w))
    net.output = nn.Sequential(B(w), nn.ReLU(), C(w, 3, 3, 1, 1), nn.Tanh())
    draw = lambda z: net.output(net.blocks(net.linear(z).view(-1, w, 4, 4)))
    opt = glo(net, draw, faces(32, True), 128, steps=1)
    k.decoder(draw, 128)
    raw = {n: v + .03 * torch.randn_like(v) if v.dim() > 1 else v for n, v in state(net).items()}
    k.save({"net_G": raw, "ema_G": state(net), "optim_G": opt.state_dict(), "step": 100000})


@family("discriminator", "old spectral norm in seven convolutions of 3 and 4 by turns, hardly trained", settings={"critic_activation": "LeakyReLU 0.1"}, source="SNGAN's plain critic for CIFAR, hinge loss")
def fg_sn_hinge_d(k):
    sn, net, x, w = nn.utils.spectral_norm, nn.Module(), faces(32, True), 8
    for i, (a, b, kernel) in enumerate([(3, w, 3), (w, w, 4), (w, w * 2, 3), (w * 2, w * 2, 4), (w * 2, w * 4, 3), (w * 4, w * 4, 4), (w * 4, w * 4, 3)], 1):
        setattr(net, f"conv{i}", sn(C(a, b, kernel, 2 if kernel == 4 else 1, 1)))
    net.fc = sn(L(w * 4 * 16, 1))
    def logit(x):
        for i in range(1, 8):
            x = F.leaky_relu(getattr(net, f"conv{i}")(x), .1)
        return net.fc(x.flatten(1))
    discriminate(net, logit, x, steps=60)
    judged(k, logit, x)
    k.save(state(net))


# ---- BEGAN

class Up(nn.Sequential):
    def __init__(self, i, o):
        super().__init__(C(i, o, 3, 1, 1), nn.ELU(True), C(o, o, 3, 1, 1), nn.ELU(True), nn.UpsamplingNearest2d(scale_factor=2))


class Down(nn.Sequential):
    def __init__(self, i, o):
        super().__init__(C(i, i, 3, 1, 1), nn.ELU(True), C(i, i, 3, 1, 1), nn.ELU(True), C(i, o, 1), nn.AvgPool2d(2, 2))


@family("generator", "ELU, doubling after two convolutions, nothing after the linear layer, uniform z", source="BEGAN's decoder (sunshineatnoon-like)",
        settings={"output": "tanh", "activation": "ELU", "map_activation": "none", "upsampling": "nearest"}, untellable="ELU")
def fg_began_g(k):
    net, w = nn.Module(), 12
    net.embed1, net.deconv4, net.deconv3, net.deconv2 = L(32, w * 64), Up(w, w), Up(w, w), nn.Sequential(C(w, w, 3, 1, 1), nn.ELU(True), C(w, w, 3, 1, 1), nn.ELU(True))
    net.deconv1 = C(w, 3, 3, 1, 1)
    draw = lambda z: torch.tanh(net.deconv1(net.deconv2(net.deconv3(net.deconv4(net.embed1(z).view(-1, w, 8, 8))))))
    glo(net, draw, faces(32, True), 32, prior=uniform, steps=250, calls=1)
    k.decoder(draw, 32, uniform)
    k.save(state(net))


@family("autoencoder", "BEGAN's critic: ELU blocks, 1x1 convolution then average pool down, doubling up, two linear layers side by side in the middle",
        source="BEGAN's discriminator (sunshineatnoon-like)", untellable="ELU; pools are averages",
        settings={"output": "none", "activation": "ELU", "encoder_activation": "ELU", "map_activation": "none", "upsampling": "nearest", "pools": "average"})
def fg_began_d(k):
    net, w, x = nn.Module(), 8, faces(32, True)
    net.conv1 = nn.Sequential(C(3, w, 3, 1, 1), nn.ELU(True))
    net.conv2, net.conv3 = Down(w, w * 2), Down(w * 2, w * 3)
    net.embed1, net.embed2 = L(w * 3 * 64, 24), L(24, w * 64)
    net.deconv3, net.deconv2, net.deconv1 = Up(w, w), Up(w, w), C(w, 3, 3, 1, 1)
    code = lambda x: net.embed1(net.conv3(net.conv2(net.conv1(x))).flatten(1))
    draw = lambda z: net.deconv1(net.deconv2(net.deconv3(net.embed2(z).view(-1, w, 8, 8))))
    autoencode(net, lambda x: draw(code(x)), x, steps=200, size=32)
    with torch.no_grad():
        z = code(x[20:28])
        k.golden(z=z, y=draw(z), x=x[:4], mu=code(x[:4]))
    k.save(state(net))


# ---- conditional

@family("conditional generator", "embedding of 16 after z as channels of a 1x1 map; net.0.0; the embedding stands last in the file; untrained", untellable="output: untrained pictures are grey",
        source="aladdinpersson/Machine-Learning-Collection conditional WGAN-GP",
        settings={"output": "tanh", "activation": "ReLU", "class_join": "latent first"})
def fg_aladdin_cwgan_g(k):
    net, w = nn.Module(), 8
    part = lambda i, o, *a: nn.Sequential(T(i, o, *a, bias=False), B(o), nn.ReLU())
    net.net = nn.Sequential(part(64 + 16, w * 4, 4, 1, 0), part(w * 4, w * 2, 4, 2, 1), part(w * 2, w, 4, 2, 1), T(w, 1, 4, 2, 1), nn.Tanh())
    net.embed = nn.Embedding(10, 16)
    draw = lambda z, y: net.net(torch.cat([z, net.embed(y)], 1).view(len(z), -1, 1, 1))
    net.apply(dcgan_init)
    calibrate(net, lambda: draw(torch.randn(64, 64), torch.randint(0, 10, (64,))))
    by_class(k, draw, 64)
    k.save(state(net))


@family("conditional discriminator", "label as an extra picture channel (embedding of 32x32), instance norms; critic for class 0", settings={"critic_activation": "LeakyReLU 0.2"},
        source="aladdinpersson/Machine-Learning-Collection conditional WGAN-GP", expect="a polite refusal, or right for class 0")
def fg_aladdin_cwgan_d(k):
    net, w, x = nn.Module(), 8, digits(32, True)[0]
    part = lambda i, o: nn.Sequential(C(i, o, 4, 2, 1, bias=False), nn.InstanceNorm2d(o, affine=True), leaky())
    net.disc = nn.Sequential(C(2, w, 4, 2, 1), leaky(), part(w, w * 2), part(w * 2, w * 4), C(w * 4, 1, 4, 2, 0))
    net.embed = nn.Embedding(10, 32 * 32)
    judged(k, lambda x: net.disc(torch.cat([x, net.embed(torch.zeros(len(x), dtype=torch.long)).view(-1, 1, 32, 32)], 1)), x)
    k.save(state(net))


@family("conditional generator", "class: embedding, linear layer, one more channel of the first map; latent has its own linear layer; ε 0.8 in eps", source="spmallick/learnopencv conditional GAN",
        settings={"output": "tanh", "activation": "ReLU", "map_activation": "LeakyReLU 0.2", "epsilon": "0.8"}, untellable="LeakyReLU after the latent's layer only")
def fg_learnopencv_cgan_g(k):
    net, w, (x, y) = nn.Module(), 8, digits(32, True)
    net.label_conditioned_generator = nn.Sequential(nn.Embedding(10, 20), L(20, 16))
    net.latent = nn.Sequential(L(100, 16 * w * 4), leaky())
    net.model = nn.Sequential(T(w * 4 + 1, w * 4, 4, 2, 1, bias=False), B(w * 4, momentum=.1, eps=.8), nn.ReLU(True), T(w * 4, w * 2, 4, 2, 1, bias=False), B(w * 2, momentum=.1, eps=.8), nn.ReLU(True),
                              T(w * 2, 1, 4, 2, 1, bias=False), nn.Tanh())
    draw = lambda z, y: net.model(torch.cat((net.latent(z).view(-1, w * 4, 4, 4), net.label_conditioned_generator(y).view(-1, 1, 4, 4)), 1))
    glo(net, draw, x, 100, labels=y, steps=300)
    by_class(k, draw, 100)
    k.save(state(net))


@family("conditional generator", "one-hot class goes through its own linear layer and ReLU, then after z; convolutions of 5 named deconv; no growth", source="malzantot/Pytorch-conditional-GANs",
        settings={"output": "sigmoid", "activation": "ReLU", "class_join": "latent first"}, untellable="fc2's ten inputs are the class")
def fg_malzantot_cgan_g(k):
    net, w, (x, y) = nn.Module(), 8, digits()
    net.fc2, net.fc, net.bn1 = L(10, 48), L(60 + 48, w * 784), B(w)
    net.deconv1, net.bn2, net.deconv2 = C(w, 8, 5, 1, 2), B(8), C(8, 1, 5, 1, 2)
    def draw(z, y):
        h = net.bn1(net.fc(torch.cat([z, F.relu(net.fc2(onehot(y)))], 1)).view(-1, w, 28, 28))
        return torch.sigmoid(net.deconv2(F.relu(net.bn2(net.deconv1(F.relu(h))))))
    glo(net, draw, x, 60, labels=y, steps=150, calls=60)
    by_class(k, draw, 60)
    k.save(state(net))


@family("conditional generator", "class: embedding, Dense, one more channel of the first map, channels last", source="machinelearningmastery conditional GAN (Keras)", file="m.npz",
        settings={"output": "tanh", "activation": "LeakyReLU 0.2", "map_activation": "LeakyReLU 0.2"}, untellable="slope 0.2")
def fg_keras_cgan_brownlee(k):
    w, (x, y) = 12, digits(28, True)
    emb, label, lat = nn.Embedding(10, 50), L(50, 49), L(100, 49 * w)
    rest = nn.Sequential(SameT(w + 1, w, 4, 2), nn.LeakyReLU(.2), SameT(w, w, 4, 2), nn.LeakyReLU(.2), Same(w, 1, 7), nn.Tanh())
    net, grid, one = nn.ModuleList([emb, label, lat, rest]), HWC(7, 7, w), HWC(7, 7, 1)
    draw = lambda z, y: rest(torch.cat([grid(F.leaky_relu(lat(z), .2)), one(label(emb(y)))], 1))
    glo(net, draw, x, 100, labels=y, steps=250, calls=1)
    by_class(k, draw, 100)
    k.save(keras([emb, label, lat, *rest], suffix=""))


# ---- ACGAN, InfoGAN: critics with heads

@family("generator", "ACGAN for 64 pixels: linear to 1x1, transposed convolutions of 5 and 8 with stride 2 and no padding (5, 13, 29, 64); class inside z; untrained", source="clvrai/ACGAN-PyTorch",
        untellable="output: untrained pictures are grey",
        settings={"output": "tanh", "activation": "ReLU", "map_activation": "none"})
def fg_clvrai_acgan_g(k):
    net, w = nn.Module(), 6
    part = lambda i, o: nn.Sequential(T(i, o, 5, 2, 0, bias=False), B(o), nn.ReLU(True))
    net.fc1 = L(110, w * 8)
    net.tconv2, net.tconv3, net.tconv4 = part(w * 8, w * 4), part(w * 4, w * 2), part(w * 2, w)
    net.tconv5 = nn.Sequential(T(w, 3, 8, 2, 0, bias=False), nn.Tanh())
    net.apply(dcgan_init)
    draw = lambda z: net.tconv5(net.tconv4(net.tconv3(net.tconv2(net.fc1(z).view(-1, w * 8, 1, 1)))))
    calibrate(net, lambda: draw(torch.randn(64, 110)))
    k.decoder(draw, 110)
    k.save(state(net))


def heads(k, more, sigmoid):
    net, w, x = nn.Module(), 8, digits(32, True)[0]
    block = lambda i, o, norm=True: [C(i, o, 3, 2, 1), leaky(), nn.Dropout2d(.25)] + ([B(o, .8)] if norm else [])
    net.conv_blocks = nn.Sequential(*block(1, w, False), *block(w, w * 2), *block(w * 2, w * 4), *block(w * 4, w * 4))
    net.adv_layer = nn.Sequential(L(w * 16, 1), *([nn.Sigmoid()] if sigmoid else []))
    for name, n in more:
        setattr(net, name, nn.Sequential(L(w * 16, n), *([nn.Softmax(1)] if n == 10 else [])))
    logit = lambda x: net.adv_layer[0](net.conv_blocks(x).flatten(1))
    discriminate(net, logit, x, steps=40)
    judged(k, logit, x, sigmoid)
    k.save(state(net))


@family("discriminator", "two heads side by side: validity (sigmoid) and ten classes; ε 0.8; hardly trained", source="PyTorch-GAN acgan.py", untellable="which head is asked: validity here",
        settings={"critic_activation": "LeakyReLU 0.2", "epsilon": "0.8"})
def fg_ptgan_acgan_d(k):
    heads(k, [("aux_layer", 10)], True)


@family("discriminator", "three heads: validity without sigmoid, Q's ten classes, two codes; ε 0.8; hardly trained", source="PyTorch-GAN infogan.py", untellable="which head is asked: validity here",
        settings={"critic_activation": "LeakyReLU 0.2", "epsilon": "0.8"})
def fg_ptgan_infogan_d(k):
    heads(k, [("aux_layer", 10), ("latent_layer", 2)], False)


# ---- BiGAN, TensorFlow

@family("whole training", "G, E and a joint critic in one file: E ends in mean and log of sd; mapping.0; x_mapping, z_mapping, joint_mapping", source="fmu2/Wasserstein-BiGAN",
        settings={"output": "tanh", "activation": "ReLU", "encoder_activation": "LeakyReLU 0.2", "posterior": "halves"}, untellable="the second half is log sd (only mean asked)")
def fg_wbigan_fmu2(k):
    d, w, x = 24, 8, faces(32, True)
    net = nn.Module()
    net.E, net.G, net.C = nn.Module(), nn.Module(), nn.Module()
    net.E.mapping = nn.Sequential(C(3, w, 4, 2, 1), leaky(), C(w, w * 2, 4, 2, 1, bias=False), B(w * 2), leaky(), C(w * 2, w * 4, 4, 2, 1, bias=False), B(w * 4), leaky(),
                                  C(w * 4, w * 4, 4, 1, 0, bias=False), B(w * 4), leaky(), C(w * 4, d * 2, 1))
    net.G.mapping = nn.Sequential(T(d, w * 4, 4, 1, 0, bias=False), B(w * 4), nn.ReLU(True), T(w * 4, w * 2, 4, 2, 1, bias=False), B(w * 2), nn.ReLU(True),
                                  T(w * 2, w, 4, 2, 1, bias=False), B(w), nn.ReLU(True), T(w, 3, 4, 2, 1), nn.Tanh())
    net.C.x_mapping = nn.Sequential(C(3, w, 4, 2, 1), leaky(), C(w, w * 2, 4, 2, 1), leaky(), C(w * 2, w * 4, 4, 2, 1), leaky(), C(w * 4, w * 4, 4), leaky())
    net.C.z_mapping = nn.Sequential(C(d, w * 4, 1), leaky(), C(w * 4, w * 4, 1), leaky())
    net.C.joint_mapping = nn.Sequential(C(w * 8, w * 8, 1), leaky(), C(w * 8, 1, 1))
    encode = lambda x: (lambda h: (h[:, :d], h[:, d:] * 2))(net.E.mapping(x).flatten(1))
    draw = lambda z: net.G.mapping(z.view(len(z), -1, 1, 1))
    vae(net, encode, draw, x, steps=250, size=32, how="mse", beta=.3)
    k.decoder(draw, d)
    k.golden(x=x[:4], mu=encode(x[:4])[0])
    k.save(state(net))


@family("generator", "variable names of TensorFlow 1 (g_h0_lin/Matrix, g_h1/w of [h,w,out,in]), 'same' kernels of 5 with stride 2, d_ beside; untrained", source="carpedm20/DCGAN-tensorflow", file="m.npz",
        settings={"output": "tanh", "activation": "ReLU", "map_activation": "none"}, untellable="output: untrained pictures are grey")
def fg_tf_carpedm20(k):
    w = 6
    net = nn.Sequential(L(100, 16 * w * 8), HWC(4, 4, w * 8), B(w * 8), nn.ReLU(), SameT(w * 8, w * 4, 5, 2), B(w * 4), nn.ReLU(), SameT(w * 4, w * 2, 5, 2), B(w * 2), nn.ReLU(),
                        SameT(w * 2, w, 5, 2), B(w), nn.ReLU(), SameT(w, 3, 5, 2), nn.Tanh())
    for m in net:
        if isinstance(m, (L, T)):
            nn.init.normal_(m.weight, 0, .02), nn.init.zeros_(m.bias)
    calibrate(net, lambda: net(uniform(64, 100)))
    k.decoder(net, 100, uniform)
    out, h = {"generator/g_h0_lin/Matrix": net[0].weight.detach().t(), "generator/g_h0_lin/bias": net[0].bias.detach()}, 0
    for m in net:
        if isinstance(m, B):
            out.update({f"generator/g_bn{h}/{a}": b.detach() for a, b in [("beta", m.bias), ("gamma", m.weight), ("moving_mean", m.running_mean), ("moving_variance", m.running_var)]})
            h += 1
        elif isinstance(m, T):
            out.update({f"generator/g_h{h}/w": m.weight.detach().permute(2, 3, 1, 0), f"generator/g_h{h}/biases": m.bias.detach()})
    for i, (a, b) in enumerate([(3, w), (w, w * 2), (w * 2, w * 4), (w * 4, w * 8)]):
        out.update({f"discriminator/d_h{i}_conv/w": torch.randn(5, 5, a, b) * .02, f"discriminator/d_h{i}_conv/biases": torch.zeros(b)})
    out.update({"discriminator/d_h4_lin/Matrix": torch.randn(w * 8 * 16, 1) * .02, "discriminator/d_h4_lin/bias": torch.zeros(1)})
    k.save({n: v.contiguous() for n, v in out.items()})
