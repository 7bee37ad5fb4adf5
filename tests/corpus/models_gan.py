"""Plain generators and discriminators, with the attribute names and layers of well-known public repositories."""

from common import *

C, T, B, L = nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.Linear


class DCGAN(nn.Module):  # pytorch/examples
    def __init__(self, nz=100, ngf=8, nc=3):
        super().__init__()
        self.main = nn.Sequential(
            T(nz, ngf * 8, 4, 1, 0, bias=False), B(ngf * 8), nn.ReLU(True),
            T(ngf * 8, ngf * 4, 4, 2, 1, bias=False), B(ngf * 4), nn.ReLU(True),
            T(ngf * 4, ngf * 2, 4, 2, 1, bias=False), B(ngf * 2), nn.ReLU(True),
            T(ngf * 2, ngf, 4, 2, 1, bias=False), B(ngf), nn.ReLU(True),
            T(ngf, nc, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, z):
        return self.main(z.view(len(z), -1, 1, 1))


class DCGAND(nn.Module):
    def __init__(self, ndf=8, nc=3):
        super().__init__()
        a = lambda: nn.LeakyReLU(.2, inplace=True)
        self.main = nn.Sequential(
            C(nc, ndf, 4, 2, 1, bias=False), a(),
            C(ndf, ndf * 2, 4, 2, 1, bias=False), B(ndf * 2), a(),
            C(ndf * 2, ndf * 4, 4, 2, 1, bias=False), B(ndf * 4), a(),
            C(ndf * 4, ndf * 8, 4, 2, 1, bias=False), B(ndf * 8), a(),
            C(ndf * 8, 1, 4, 1, 0, bias=False), nn.Sigmoid())

    def forward(self, x):
        return self.main(x).view(-1, 1)

    def logit(self, x):
        return self.main[:-1](x).view(-1, 1)


def dcgan_of(k, **more):
    net = DCGAN(**more)
    net.apply(dcgan_init)
    opt = glo(net, net, faces(64, True), 100)
    k.decoder(net, 100)
    return net, opt


@family("generator", settings={"output": "tanh", "activation": "ReLU"}, source="pytorch/examples dcgan")
def dcgan_examples_g(k):
    k.save(state(dcgan_of(k)[0]))


@family("discriminator", settings={"critic_activation": "LeakyReLU 0.2"}, source="pytorch/examples dcgan")
def dcgan_examples_d(k):
    net = DCGAND()
    net.apply(dcgan_init)
    x = faces(64, True)
    discriminate(net, net.logit, x)
    k.golden(x=x[:4], critic=net(x[:4]), critic_alt=net.logit(x[:4]))
    k.save(state(net))


@family("generator", "last transposed convolution has kernel 1 and padding 2, which crops 32 to 28",
        settings={"output": "tanh", "activation": "ReLU"}, source="csinva/gan-vae-pretrained-pytorch mnist_dcgan")
def dcgan_csinva_mnist(k):
    class G(nn.Module):
        def __init__(self, nz=100, ngf=12, nc=1):
            super().__init__()
            self.main = nn.Sequential(
                T(nz, ngf * 8, 4, 1, 0, bias=False), B(ngf * 8), nn.ReLU(True),
                T(ngf * 8, ngf * 4, 4, 2, 1, bias=False), B(ngf * 4), nn.ReLU(True),
                T(ngf * 4, ngf * 2, 4, 2, 1, bias=False), B(ngf * 2), nn.ReLU(True),
                T(ngf * 2, ngf, 4, 2, 1, bias=False), B(ngf), nn.ReLU(True),
                T(ngf, nc, 1, 1, 2, bias=False), nn.Tanh())

        def forward(self, z):
            return self.main(z.view(len(z), -1, 1, 1))
    net = G()
    net.apply(dcgan_init)
    glo(net, net, digits(28, True)[0], 100)
    k.decoder(net, 100)
    k.save(state(net), _use_new_zipfile_serialization=False)


# ---- eriklindernoren/PyTorch-GAN

class FCG(nn.Module):
    def __init__(self, latent=100, w=32, out=784):
        super().__init__()
        def block(i, o, normalize=True):
            return [L(i, o)] + ([nn.BatchNorm1d(o, .8)] if normalize else []) + [nn.LeakyReLU(.2, inplace=True)]
        self.model = nn.Sequential(*block(latent, w, False), *block(w, w * 2), *block(w * 2, w * 4), *block(w * 4, w * 8),
                                   L(w * 8, out), nn.Tanh())

    def forward(self, z):
        return self.model(z).view(len(z), 1, 28, 28)


@family("generator", "BatchNorm1d(n, 0.8): the second place is ε",
        settings={"output": "tanh", "activation": "LeakyReLU 0.2", "epsilon": "0.8"}, source="PyTorch-GAN gan.py")
def ptgan_gan_g(k):
    net = FCG()
    glo(net, net, digits(28, True)[0], 100, steps=600)
    k.decoder(net, 100)
    k.save(state(net))


@family("discriminator", settings={"critic_activation": "LeakyReLU 0.2"}, source="PyTorch-GAN wgan_gp.py")
def ptgan_wgan_gp_d(k):
    class D(nn.Module):
        def __init__(self, w=64):
            super().__init__()
            self.model = nn.Sequential(L(784, w * 2), nn.LeakyReLU(.2, inplace=True), L(w * 2, w), nn.LeakyReLU(.2, inplace=True), L(w, 1))

        def forward(self, x):
            return self.model(x.flatten(1))
    net, x = D(), digits(28, True)[0]
    discriminate(net, net, x)
    k.golden(x=x[:4], critic=net(x[:4]))
    k.save(state(net))


class ConvG(nn.Module):
    """dcgan, acgan, lsgan, infogan, began differ in the first norm, in ε and in what comes in."""

    def __init__(self, latent=100, w=24, nc=1, size=32, first=True):
        super().__init__()
        self.size, self.w = size // 4, w
        self.l1 = nn.Sequential(L(latent, w * (size // 4) ** 2))
        self.conv_blocks = nn.Sequential(*([B(w)] if first else []), nn.Upsample(scale_factor=2), C(w, w, 3, stride=1, padding=1), B(w, .8),
            nn.LeakyReLU(.2, inplace=True), nn.Upsample(scale_factor=2), C(w, w // 2, 3, stride=1, padding=1), B(w // 2, .8),
            nn.LeakyReLU(.2, inplace=True), C(w // 2, nc, 3, stride=1, padding=1), nn.Tanh())

    def forward(self, z):
        return self.conv_blocks(self.l1(z).view(len(z), self.w, self.size, self.size))


def convg(k, **more):
    net = ConvG(**more)
    net.apply(dcgan_init)
    dim = more.get("latent", 100)
    glo(net, net, digits(32, True)[0], dim, steps=300)
    k.decoder(net, dim)
    k.save(state(net))


ERIK = {"output": "tanh", "activation": "LeakyReLU 0.2", "map_activation": "none", "upsampling": "nearest", "edges": "zeros"}


@family("generator", "ε is 1e-5 in the first norm and 0.8 in the others", settings=ERIK, source="PyTorch-GAN dcgan.py",
        untellable="one setting for ε can't say both")
def ptgan_dcgan_g(k):
    convg(k)


@family("generator", "no norm before the first doubling; ε 0.8", settings=dict(ERIK, epsilon="0.8"), source="PyTorch-GAN lsgan.py")
def ptgan_lsgan_g(k):
    convg(k, first=False)


@family("generator", "z is noise, one-hot class and codes side by side (62+10+2)", settings=ERIK, source="PyTorch-GAN infogan.py")
def ptgan_infogan_g(k):
    convg(k, latent=74)


class ConvD(nn.Module):
    def __init__(self, w=8, nc=1, size=32):
        super().__init__()
        def block(i, o, bn=True):
            return [C(i, o, 3, 2, 1), nn.LeakyReLU(.2, inplace=True), nn.Dropout2d(.25)] + ([B(o, .8)] if bn else [])
        self.model = nn.Sequential(*block(nc, w, False), *block(w, w * 2), *block(w * 2, w * 4), *block(w * 4, w * 8))
        self.adv_layer = nn.Sequential(L(w * 8 * (size // 16) ** 2, 1), nn.Sigmoid())

    def logit(self, x):
        return self.adv_layer[0](self.model(x).flatten(1))

    def forward(self, x):
        return self.adv_layer(self.model(x).flatten(1))


@family("discriminator", "norm after activation and dropout; ε 0.8", source="PyTorch-GAN dcgan.py",
        settings={"critic_activation": "LeakyReLU 0.2", "epsilon": "0.8"})
def ptgan_dcgan_d(k):
    net = ConvD()
    net.apply(dcgan_init)
    x = digits(32, True)[0]
    discriminate(net, net.logit, x)
    k.golden(x=x[:4], critic=net(x[:4]), critic_alt=net.logit(x[:4]))
    k.save(state(net))


@family("conditional generator", "class embedding of 10 stands before the noise; ε 0.8", source="PyTorch-GAN cgan.py",
        settings={"output": "tanh", "activation": "LeakyReLU 0.2", "epsilon": "0.8", "class_join": "class first"})
def ptgan_cgan_g(k):
    class G(FCG):
        def __init__(self):
            super().__init__(latent=110)
            embed = nn.Embedding(10, 10)
            model = self.model
            del self.model
            self.label_emb, self.model = embed, model

        def forward(self, z, y):
            return self.model(torch.cat((self.label_emb(y), z), -1)).view(len(z), 1, 28, 28)
    net, (x, y) = G(), digits(28, True)
    glo(net, net, x, 100, labels=y, steps=600)
    conditional(k, net, 100)
    k.save(state(net))


@torch.no_grad()
def conditional(k, draw, dim, n=8):
    z = torch.randn(n, dim)
    of = lambda c: draw(z, torch.full((n,), c))
    k.golden(z=z, y=of(0), y_class3=of(3))


@family("conditional generator", "class embedding multiplied by z; ε mixed", settings=dict(ERIK, class_join="multiplied"),
        source="PyTorch-GAN acgan.py")
def ptgan_acgan_g(k):
    class G(ConvG):
        def __init__(self):
            super().__init__()
            l1, blocks = self.l1, self.conv_blocks
            del self.l1, self.conv_blocks
            self.label_emb, self.l1, self.conv_blocks = nn.Embedding(10, 100), l1, blocks

        def forward(self, z, y):
            return super().forward(torch.mul(self.label_emb(y), z))
    net, (x, y) = G(), digits(32, True)
    net.apply(dcgan_init)
    glo(net, net, x, 100, labels=y, steps=300)
    conditional(k, net, 100)
    k.save(state(net))


@family("autoencoder", "BEGAN's discriminator is an autoencoder: down, fc (with norms, ε 0.8 and 1e-5), up", source="PyTorch-GAN began.py",
        untellable="where the latent is: between the linear layers", settings={"output": "none", "activation": "ReLU"})
def ptgan_began_d(k):
    class D(nn.Module):
        def __init__(self, w=16):
            super().__init__()
            self.w = w
            self.down = nn.Sequential(C(1, w, 3, 2, 1), nn.ReLU())
            self.fc = nn.Sequential(L(w * 256, 32), nn.BatchNorm1d(32, .8), nn.ReLU(inplace=True), L(32, w * 256), nn.BatchNorm1d(w * 256), nn.ReLU(inplace=True))
            self.up = nn.Sequential(nn.Upsample(scale_factor=2), C(w, 1, 3, 1, 1))

        def code(self, x):
            return self.fc[0](self.down(x).flatten(1))

        def draw(self, z):
            return self.up(self.fc[3:](z).view(-1, self.w, 16, 16))

        def forward(self, x):
            return self.draw(self.fc[1:3](self.code(x)))
    net, x = D(), digits(32, True)[0]
    autoencode(net, net, x)
    with torch.no_grad():
        z = net.code(x[20:28])  # the latent is what fc's first layer gives
        k.golden(z=z, y=net.draw(net.fc[1:3](z)), x=x[:4], mu=net.code(x[:4]))
    k.save(state(net))


# ---- Udacity's face generation

def udacity(bn):
    def deconv(i, o, batch_norm=True):
        return nn.Sequential(T(i, o, 4, 2, 1, bias=False), *([B(o)] if batch_norm else []))

    class G(nn.Module):
        def __init__(self, z_size=100, conv_dim=12):
            super().__init__()
            self.conv_dim = conv_dim
            self.fc = L(z_size, conv_dim * 4 * 4 * 4)
            if bn:
                self.batch_norm_fc = B(conv_dim * 4)
            self.t_conv1, self.t_conv2 = deconv(conv_dim * 4, conv_dim * 2), deconv(conv_dim * 2, conv_dim)
            self.t_conv3 = deconv(conv_dim, 3, False)

        def forward(self, z):
            h = self.fc(z).view(-1, self.conv_dim * 4, 4, 4)
            if bn:
                h = F.relu(self.batch_norm_fc(h))
            return torch.tanh(self.t_conv3(F.relu(self.t_conv2(F.relu(self.t_conv1(h))))))
    net = G()
    net.apply(dcgan_init)
    glo(net, net, faces(32, True), 100, prior=uniform)
    return net


@family("generator", "no activation between fc and map; z uniform", source="Udacity deep-learning-v2 face generation",
        settings={"output": "tanh", "activation": "ReLU", "map_activation": "none"})
def udacity_faces_g(k):
    net = udacity(False)
    k.decoder(net, 100, uniform)
    k.save(state(net))


@family("generator", "a BatchNorm2d on the map made of fc; z uniform", source="Udacity (efleurine/faces-dcgan)",
        settings={"output": "tanh", "activation": "ReLU", "map_activation": "none"})
def udacity_faces_bn_g(k):
    net = udacity(True)
    k.decoder(net, 100, uniform)
    k.save(state(net))


@family("discriminator", "no sigmoid at the end", source="Udacity face generation", settings={"critic_activation": "LeakyReLU 0.2"})
def udacity_faces_d(k):
    def conv(i, o, batch_norm=True):
        return nn.Sequential(C(i, o, 4, 2, 1, bias=False), *([B(o)] if batch_norm else []))

    class D(nn.Module):
        def __init__(self, w=12):
            super().__init__()
            self.conv1, self.conv2, self.conv3 = conv(3, w, False), conv(w, w * 2), conv(w * 2, w * 4)
            self.fc = L(w * 4 * 16, 1)

        def forward(self, x):
            for c in (self.conv1, self.conv2, self.conv3):
                x = F.leaky_relu(c(x), .2)
            return self.fc(x.flatten(1))
    net, x = D(), faces(32, True)
    net.apply(dcgan_init)
    discriminate(net, net, x)
    k.golden(x=x[:4], critic=net(x[:4]))
    k.save(state(net))


# ---- WGAN-GP (caogang)

@family("generator", "kernels of 2 with stride 2; norm of the whole vector before the map", settings={"output": "tanh", "activation": "ReLU"},
        source="caogang/wgan-gp gan_cifar10.py")
def caogang_cifar_g(k):
    class G(nn.Module):
        def __init__(self, d=12):
            super().__init__()
            self.d = d
            self.preprocess = nn.Sequential(L(128, 64 * d), nn.BatchNorm1d(64 * d), nn.ReLU(True))
            self.block1 = nn.Sequential(T(4 * d, 2 * d, 2, stride=2), B(2 * d), nn.ReLU(True))
            self.block2 = nn.Sequential(T(2 * d, d, 2, stride=2), B(d), nn.ReLU(True))
            self.deconv_out = T(d, 3, 2, stride=2)

        def forward(self, z):
            return torch.tanh(self.deconv_out(self.block2(self.block1(self.preprocess(z).view(-1, 4 * self.d, 4, 4)))))
    net = G()
    glo(net, net, faces(32, True), 128)
    k.decoder(net, 128)
    k.save(state(net))


@family("generator", "maps are cropped (8 to 7) between blocks, kernels of 5 and 8: 4, 8, 7, 11, 28", source="caogang/wgan-gp gan_mnist.py",
        settings={"output": "sigmoid", "activation": "ReLU", "map_activation": "ReLU"})
def caogang_mnist_g(k):
    class G(nn.Module):
        def __init__(self, d=12):
            super().__init__()
            self.d = d
            self.preprocess = nn.Sequential(L(128, 64 * d), nn.ReLU(True))
            self.block1 = nn.Sequential(T(4 * d, 2 * d, 5), nn.ReLU(True))
            self.block2 = nn.Sequential(T(2 * d, d, 5), nn.ReLU(True))
            self.deconv_out = T(d, 1, 8, stride=2)

        def forward(self, z):
            h = self.block1(self.preprocess(z).view(-1, 4 * self.d, 4, 4))[:, :, :7, :7]
            return torch.sigmoid(self.deconv_out(self.block2(h)))
    net = G()
    glo(net, net, digits(28)[0], 128)
    k.decoder(net, 128)
    k.save(state(net))


# ---- InfoGAN, cDCGAN, others

@family("whole training", "kernel 1, then kernel 7; dict of netG, discriminator, netD, netQ, optimisers, params",
        settings={"output": "sigmoid", "activation": "ReLU"}, source="Natsu6767/InfoGAN-PyTorch mnist")
def infogan_natsu(k):
    class G(nn.Module):
        def __init__(self, w=24):
            super().__init__()
            self.tconv1, self.bn1 = T(74, w * 4, 1, 1, bias=False), B(w * 4)
            self.tconv2, self.bn2 = T(w * 4, w, 7, 1, bias=False), B(w)
            self.tconv3, self.bn3 = T(w, w // 2, 4, 2, padding=1, bias=False), B(w // 2)
            self.tconv4 = T(w // 2, 1, 4, 2, padding=1, bias=False)

        def forward(self, z):
            h = F.relu(self.bn1(self.tconv1(z.view(len(z), -1, 1, 1))))
            h = F.relu(self.bn3(self.tconv3(F.relu(self.bn2(self.tconv2(h))))))
            return torch.sigmoid(self.tconv4(h))

    class Body(nn.Module):
        def __init__(self, w=8):
            super().__init__()
            self.conv1 = C(1, w, 4, 2, 1)
            self.conv2, self.bn2 = C(w, w * 2, 4, 2, 1, bias=False), B(w * 2)
            self.conv3, self.bn3 = C(w * 2, w * 4, 7, bias=False), B(w * 4)

    class DHead(nn.Module):
        def __init__(self, w=32):
            super().__init__()
            self.conv = C(w, 1, 1)

    class QHead(nn.Module):
        def __init__(self, w=32):
            super().__init__()
            self.conv1, self.bn1 = C(w, 16, 1, bias=False), B(16)
            self.conv_disc, self.conv_mu, self.conv_var = C(16, 10, 1), C(16, 2, 1), C(16, 2, 1)
    net = G()
    net.apply(dcgan_init)
    opt = glo(net, net, digits(28)[0], 74)
    body, d, q = Body(), DHead(), QHead()
    x = digits(28)[0]
    def logit(x):
        h = F.leaky_relu(body.conv1(x), .1)
        h = F.leaky_relu(body.bn2(body.conv2(h)), .1)
        return d.conv(F.leaky_relu(body.bn3(body.conv3(h)), .1))
    optd = discriminate(nn.ModuleList([body, d]), logit, x)
    k.decoder(net, 74)
    k.save({"netG": state(net), "discriminator": state(body), "netD": state(d), "netQ": state(q), "optimD": optd.state_dict(),
            "optimG": opt.state_dict(), "params": {"batch_size": 128, "num_epochs": 100, "dataset": "MNIST"}})


@family("conditional generator", "two transposed convolutions, of z and of the one-hot class, side by side",
        settings={"output": "tanh", "activation": "ReLU"}, source="znxlwm/pytorch-MNIST-CelebA-cGAN-cDCGAN")
def cdcgan_znxlwm_g(k):
    class G(nn.Module):
        def __init__(self, d=12):
            super().__init__()
            self.deconv1_1, self.deconv1_1_bn = T(100, d * 2, 4, 1, 0), B(d * 2)
            self.deconv1_2, self.deconv1_2_bn = T(10, d * 2, 4, 1, 0), B(d * 2)
            self.deconv2, self.deconv2_bn = T(d * 4, d * 2, 4, 2, 1), B(d * 2)
            self.deconv3, self.deconv3_bn = T(d * 2, d, 4, 2, 1), B(d)
            self.deconv4 = T(d, 1, 4, 2, 1)

        def forward(self, z, y):
            a = F.relu(self.deconv1_1_bn(self.deconv1_1(z.view(len(z), -1, 1, 1))))
            b = F.relu(self.deconv1_2_bn(self.deconv1_2(F.one_hot(y, 10).float().view(len(z), 10, 1, 1))))
            h = F.relu(self.deconv2_bn(self.deconv2(torch.cat([a, b], 1))))
            return torch.tanh(self.deconv4(F.relu(self.deconv3_bn(self.deconv3(h)))))
    net, (x, y) = G(), digits(32, True)
    net.apply(dcgan_init)
    glo(net, net, x, 100, labels=y)
    conditional(k, net, 100)
    k.save(state(net))


@family("conditional generator", "one-hot class beside z (110 in), no embedding in the file: classes can't be told from latents",
        settings={"output": "tanh", "activation": "ReLU"}, source="common: cat([z, one_hot], 1) before a DCGAN")
def cdcgan_onehot_g(k):
    net = DCGAN(nz=110, ngf=8)
    net.apply(dcgan_init)
    x = F.interpolate(digits(28, True)[0][:300], (64, 64), mode="bilinear").repeat(1, 3, 1, 1)
    y = digits(28)[1]
    glo(net, lambda z, c: net(torch.cat([z, F.one_hot(c, 10).float()], 1)), x, 100, labels=y, of=256)
    z = torch.cat([torch.randn(8, 100), F.one_hot(torch.arange(8), 10).float()], 1)
    k.golden(z=z, y=net(z))
    k.save(state(net))


@family("whole training", "G, E and D in one dict; norm after the activation in G", settings={"output": "tanh", "encoder_activation": "LeakyReLU 0.2"},
        source="common MLP BiGAN")
def bigan_mlp(k):
    w, d = 96, 50
    G = nn.Sequential(L(d, w), nn.ReLU(), L(w, w), nn.BatchNorm1d(w), nn.ReLU(), L(w, 784), nn.Tanh())
    E = nn.Sequential(L(784, w), nn.LeakyReLU(.2), L(w, w), nn.BatchNorm1d(w), nn.LeakyReLU(.2), L(w, d))
    D = nn.Sequential(L(784 + d, w), nn.LeakyReLU(.2), L(w, w), nn.BatchNorm1d(w), nn.LeakyReLU(.2), L(w, 1), nn.Sigmoid())
    x = digits(28, True)[0]
    both = nn.ModuleList([G, E])
    autoencode(both, lambda x: G(E(x.flatten(1))), x)
    k.decoder(lambda z: G(z).view(-1, 1, 28, 28), d)
    k.golden(x=x[:4], mu=E(x[:4].flatten(1)))
    k.save({"G": state(G), "E": state(E), "D": state(D), "epoch": 40})


@family("whole training", "mu and logvar after a Sequential called model; decoder's called model too; ε normal here",
        settings={"output": "tanh", "activation": "LeakyReLU 0.2", "encoder_activation": "LeakyReLU 0.2"}, source="PyTorch-GAN aae.py")
def ptgan_aae(k):
    w, d = 128, 10
    class E(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = nn.Sequential(L(784, w), nn.LeakyReLU(.2), L(w, w), nn.BatchNorm1d(w), nn.LeakyReLU(.2))
            self.mu, self.logvar = L(w, d), L(w, d)

        def forward(self, x):
            h = self.model(x.flatten(1))
            return self.mu(h), self.logvar(h)

    class Dec(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = nn.Sequential(L(d, w), nn.LeakyReLU(.2), L(w, w), nn.BatchNorm1d(w), nn.LeakyReLU(.2), L(w, 784), nn.Tanh())

        def forward(self, z):
            return self.model(z).view(-1, 1, 28, 28)
    e, g, x = E(), Dec(), digits(28, True)[0]
    vae(nn.ModuleList([e, g]), e, g, x, how="mse")
    k.decoder(g, d)
    k.encoder(e, x[:4])
    k.save({"encoder": state(e), "decoder": state(g)})


@family("generator", "PixelShuffle doubles maps; PReLU", settings={"output": "tanh"}, source="SRGAN-like generators")
def pixelshuffle_g(k):
    class G(nn.Module):
        def __init__(self, z=64, w=16):
            super().__init__()
            self.w = w
            self.fc = L(z, w * 64)
            self.up1 = nn.Sequential(C(w, w * 4, 3, 1, 1), nn.PixelShuffle(2), B(w), nn.PReLU())
            self.up2 = nn.Sequential(C(w, w * 4, 3, 1, 1), nn.PixelShuffle(2), B(w), nn.PReLU())
            self.out = C(w, 3, 3, 1, 1)

        def forward(self, z):
            return torch.tanh(self.out(self.up2(self.up1(self.fc(z).view(-1, self.w, 8, 8)))))
    net = G()
    glo(net, net, faces(32, True), 64)
    k.decoder(net, 64)
    k.save(state(net))


@family("generator", "reflection padding (its own module, so numbers skip), nearest doubling, instance norm without weights",
        settings={"output": "tanh", "activation": "ReLU", "edges": "reflected", "upsampling": "nearest"}, source="deconvolution-and-checkerboard style")
def upsample_reflect_g(k):
    w = 32
    net = nn.Sequential(L(64, w * 64), nn.ReLU(), nn.Unflatten(1, (w, 8, 8)),
                        nn.Upsample(scale_factor=2), nn.ReflectionPad2d(1), C(w, w // 2, 3), nn.InstanceNorm2d(w // 2), nn.ReLU(True),
                        nn.Upsample(scale_factor=2), nn.ReflectionPad2d(1), C(w // 2, w // 4, 3), nn.InstanceNorm2d(w // 4), nn.ReLU(True),
                        nn.ReflectionPad2d(1), C(w // 4, 3, 3), nn.Tanh())
    glo(net, net, faces(32, True), 64)
    k.decoder(net, 64)
    k.save(state(net))


@family("generator", "the same with batch norm", settings={"output": "tanh", "activation": "ReLU", "edges": "reflected", "upsampling": "bilinear"},
        source="upsample + reflect + batch norm, bilinear")
def upsample_reflect_bn_g(k):
    w = 32
    up = lambda: nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
    net = nn.Sequential(L(64, w * 64), nn.Unflatten(1, (w, 8, 8)), B(w), nn.ReLU(),
                        up(), nn.ReflectionPad2d(1), C(w, w // 2, 3), B(w // 2), nn.ReLU(True),
                        up(), nn.ReflectionPad2d(1), C(w // 2, w // 4, 3), B(w // 4), nn.ReLU(True),
                        nn.ReflectionPad2d(1), C(w // 4, 3, 3), nn.Tanh())
    glo(net, net, faces(32, True), 64)
    k.decoder(net, 64)
    k.save(state(net))


@family("generator", "Goodfellow's MLP, all ReLU, tanh; saved as list of two (G, D)", source="yunjey/pytorch-tutorial gan",
        settings={"output": "tanh", "activation": "ReLU"})
def yunjey_gan_g(k):
    net = nn.Sequential(L(64, 256), nn.ReLU(), L(256, 256), nn.ReLU(), L(256, 784), nn.Tanh())
    glo(net, net, digits(28, True)[0], 64, steps=600)
    k.decoder(lambda z: net(z).view(-1, 1, 28, 28), 64)
    k.save(state(net))
