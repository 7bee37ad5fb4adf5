"""Residual networks, attention, equalised weights and other things that no plain list of layers holds."""

import math
from common import *

C, T, B, L = nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.Linear


# ---- kwotsin/mimicry (SNGAN)

class SN:
    """Spectral norm as mimicry has it: buffers sn_u and sn_sigma, one power iteration at each call."""

    def norm_init(self, n):
        self.register_buffer("sn_u", torch.randn(1, n))
        self.register_buffer("sn_sigma", torch.ones(1))

    def normed(self):
        w = self.weight.flatten(1)
        with torch.no_grad():
            v = F.normalize(self.sn_u @ w, eps=1e-12)
            u = F.normalize(v @ w.t(), eps=1e-12)
        sigma = u @ (w @ v.t())
        if self.training:
            with torch.no_grad():
                self.sn_sigma[:], self.sn_u[:] = sigma.view(1), u
        return self.weight / sigma


class SNConv2d(C, SN):
    def __init__(self, *a, **b):
        C.__init__(self, *a, **b)
        self.norm_init(self.out_channels)

    def forward(self, x):
        return F.conv2d(x, self.normed(), self.bias, self.stride, self.padding)


class SNLinear(L, SN):
    def __init__(self, *a, **b):
        L.__init__(self, *a, **b)
        self.norm_init(self.out_features)

    def forward(self, x):
        return F.linear(x, self.normed(), self.bias)


class CBN(nn.Module):
    def __init__(self, n, classes):
        super().__init__()
        self.n = n
        self.bn, self.embed = B(n, affine=False), nn.Embedding(classes, n * 2)
        self.embed.weight.data[:, :n].normal_(1, .02)
        self.embed.weight.data[:, n:].zero_()

    def forward(self, x, y):
        g, b = self.embed(y).chunk(2, 1)
        return g.view(-1, self.n, 1, 1) * self.bn(x) + b.view(-1, self.n, 1, 1)


def bilinear(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class GBlock(nn.Module):
    def __init__(self, i, o, classes=0):
        super().__init__()
        self.c1, self.c2 = C(i, o, 3, 1, padding=1), C(o, o, 3, 1, padding=1)
        self.b1, self.b2 = (CBN(i, classes), CBN(o, classes)) if classes else (B(i), B(o))
        for c in (self.c1, self.c2):
            nn.init.xavier_uniform_(c.weight, math.sqrt(2))
        self.c_sc = C(i, o, 1, 1, padding=0)
        nn.init.xavier_uniform_(self.c_sc.weight)

    def forward(self, x, *y):
        h = self.c1(bilinear(F.relu(self.b1(x, *y))))
        return self.c2(F.relu(self.b2(h, *y))) + self.c_sc(bilinear(x))


class SNGANG(nn.Module):
    def __init__(self, nz=128, ngf=16, classes=0):
        super().__init__()
        self.ngf = ngf
        self.l1 = L(nz, 16 * ngf)
        self.block2, self.block3, self.block4 = (GBlock(ngf, ngf, classes) for _ in range(3))
        self.b5, self.c5 = B(ngf), C(ngf, 3, 3, 1, padding=1)
        nn.init.xavier_uniform_(self.l1.weight)
        nn.init.xavier_uniform_(self.c5.weight)

    def forward(self, z, *y):
        h = self.l1(z).view(len(z), -1, 4, 4)
        for b in (self.block2, self.block3, self.block4):
            h = b(h, *y)
        return torch.tanh(self.c5(F.relu(self.b5(h))))


MIMICRY = {"output": "tanh", "activation": "ReLU", "map_activation": "none", "upsampling": "bilinear", "edges": "zeros"}


@family("generator", "norms before activations, shortcut convolution, bilinear doubling", settings=MIMICRY, untellable="bilinear",
        source="kwotsin/mimicry SNGAN-32 G")
def mimicry_sngan32_g(k):
    net = SNGANG()
    opt = glo(net, net, faces(32, True), 128, steps=300)
    k.decoder(net, 128)
    k.save({"model_state_dict": state(net), "optimizer_state_dict": opt.state_dict(), "global_step": 100000})


@family("conditional generator", "conditional batch norm: gamma and beta in one embedding beside a norm without weights", settings=MIMICRY,
        untellable="bilinear", source="kwotsin/mimicry cGAN-PD-32 G")
def mimicry_cganpd32_g(k):
    net = SNGANG(classes=10)
    x = faces(32, True)
    y = torch.arange(len(x)) % 10
    opt = glo(net, net, x, 128, labels=y, steps=300)
    with torch.no_grad():
        z = torch.randn(8, 128)
        k.golden(z=z, y=net(z, torch.zeros(8, dtype=torch.long)), y_class3=net(z, torch.full((8,), 3)))
    k.save({"model_state_dict": state(net), "optimizer_state_dict": opt.state_dict(), "global_step": 100000})


class DBlock(nn.Module):
    def __init__(self, i, o, down=False, first=False):
        super().__init__()
        self.first, self.down = first, down
        self.c1, self.c2 = SNConv2d(i, o, 3, 1, 1), SNConv2d(o, o, 3, 1, 1)
        if i != o or down or first:
            self.c_sc = SNConv2d(i, o, 1, 1, 0)

    def forward(self, x):
        pool = lambda t: F.avg_pool2d(t, 2)
        if self.first:
            return pool(self.c2(F.relu(self.c1(x)))) + self.c_sc(pool(x))
        h = self.c2(F.relu(self.c1(F.relu(x))))
        if self.down:
            return pool(h) + pool(self.c_sc(x))
        return h + x


@family("discriminator", "spectral norm of mimicry's own (sn_u, sn_sigma; weights not divided); sum over places; residual", source="kwotsin/mimicry SNGAN-32 D",
        settings={"critic_activation": "ReLU"}, untellable="that sn_sigma divides")
def mimicry_sngan32_d(k):
    class D(nn.Module):
        def __init__(self, w=16):
            super().__init__()
            self.block1, self.block2, self.block3, self.block4 = DBlock(3, w, first=True), DBlock(w, w, True), DBlock(w, w), DBlock(w, w)
            self.l5 = SNLinear(w, 1)

        def forward(self, x):
            for b in (self.block1, self.block2, self.block3, self.block4):
                x = b(x)
            return self.l5(F.relu(x).sum((2, 3)))
    net, x = D(), faces(32, True)
    opt = discriminate(net, net, x)
    k.golden(x=x[:4], critic=net(x[:4]))
    k.save({"model_state_dict": state(net), "optimizer_state_dict": opt.state_dict(), "global_step": 100000})


@family("generator", "each convolution stands twice in the file (conv1 and model.3); shortcut is only a doubling", source="christiancosgrove/pytorch-spectral-normalization-gan",
        settings={"output": "tanh", "activation": "ReLU", "map_activation": "none", "upsampling": "nearest"})
def christiancosgrove_sngan_g(k):
    class Block(nn.Module):
        def __init__(self, w):
            super().__init__()
            self.conv1, self.conv2 = C(w, w, 3, 1, padding=1), C(w, w, 3, 1, padding=1)
            self.model = nn.Sequential(B(w), nn.ReLU(), nn.Upsample(scale_factor=2), self.conv1, B(w), nn.ReLU(), self.conv2)
            self.bypass = nn.Upsample(scale_factor=2)

        def forward(self, x):
            return self.model(x) + self.bypass(x)

    class G(nn.Module):
        def __init__(self, w=24):
            super().__init__()
            self.w = w
            self.dense, self.final = L(128, 16 * w), C(w, 3, 3, stride=1, padding=1)
            self.model = nn.Sequential(Block(w), Block(w), Block(w), B(w), nn.ReLU(), self.final, nn.Tanh())

        def forward(self, z):
            return self.model(self.dense(z).view(-1, self.w, 4, 4))
    net = G()
    glo(net, net, faces(32, True), 128, steps=150)
    k.decoder(net, 128)
    k.save(net.state_dict())


@family("generator", "names three deep (rb1.conv_1.conv.conv), nearest doubling before convolution, shortcut of kernel 1", source="jalola/improved-wgan-pytorch GoodGenerator",
        settings={"output": "tanh", "activation": "ReLU", "map_activation": "none", "upsampling": "nearest"})
def jalola_wgangp_g(k):
    class My(nn.Module):
        def __init__(self, i, o, kernel, bias=True):
            super().__init__()
            self.conv = C(i, o, kernel, 1, padding=(kernel - 1) // 2, bias=bias)

        def forward(self, x):
            return self.conv(x)

    class Up(nn.Module):
        def __init__(self, i, o, kernel, bias=True):
            super().__init__()
            self.conv = My(i, o, kernel, bias)

        def forward(self, x):
            return self.conv(F.pixel_shuffle(x.repeat_interleave(4, 1), 2))

    class RB(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.bn1, self.bn2 = B(i), B(o)
            self.conv_shortcut, self.conv_1, self.conv_2 = Up(i, o, 1), Up(i, o, 3, False), My(o, o, 3)

        def forward(self, x):
            return self.conv_shortcut(x) + self.conv_2(F.relu(self.bn2(self.conv_1(F.relu(self.bn1(x))))))

    class G(nn.Module):
        def __init__(self, w=6):
            super().__init__()
            self.w = w
            self.ln1 = L(128, 16 * 8 * w)
            self.rb1, self.rb2, self.rb3, self.rb4 = RB(8 * w, 8 * w), RB(8 * w, 4 * w), RB(4 * w, 2 * w), RB(2 * w, w)
            self.bn, self.conv1 = B(w), My(w, 3, 3)

        def forward(self, z):
            h = self.ln1(z).view(-1, 8 * self.w, 4, 4)
            for r in (self.rb1, self.rb2, self.rb3, self.rb4):
                h = r(h)
            return torch.tanh(self.conv1(F.relu(self.bn(h))))
    net = G()
    glo(net, net, faces(64, True), 128, steps=120, size=24, calls=100)
    k.decoder(net, 128)
    k.save(state(net))


# ---- heykeetae SAGAN

def old_spectral(m):
    return torch.nn.utils.spectral_norm(m)


class OwnSN(nn.Module):
    """Spectral norm as a module around another, as SAGAN's repositories have it: weight_bar, weight_u, weight_v."""

    def __init__(self, m):
        super().__init__()
        w = m.weight.data
        u, v = F.normalize(torch.randn(w.shape[0]), dim=0), F.normalize(torch.randn(w.flatten(1).shape[1]), dim=0)
        del m._parameters["weight"]
        m.weight_u, m.weight_v = nn.Parameter(u, requires_grad=False), nn.Parameter(v, requires_grad=False)
        m.weight_bar = nn.Parameter(w)
        self.module = m

    def forward(self, x):
        m = self.module
        w = m.weight_bar.flatten(1)
        with torch.no_grad():
            m.weight_v.data = F.normalize(w.t() @ m.weight_u, dim=0)
            m.weight_u.data = F.normalize(w @ m.weight_v, dim=0)
        m.weight = m.weight_bar / (m.weight_u @ w @ m.weight_v)
        return m.forward(x)


class SelfAttn(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.query_conv, self.key_conv, self.value_conv = C(n, max(n // 8, 1), 1), C(n, max(n // 8, 1), 1), C(n, n, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        q, key, v = (f(x).flatten(2) for f in (self.query_conv, self.key_conv, self.value_conv))
        a = torch.softmax(q.transpose(1, 2) @ key, -1)
        return self.gamma * (v @ a.transpose(1, 2)).view_as(x) + x


@family("generator", "weight_bar with weight_u and weight_v; two self-attentions; l4 stands before l1 in the file", source="heykeetae/Self-Attention-GAN",
        settings={"output": "tanh", "activation": "ReLU"}, expect="a polite refusal, or right")
def sagan_heykeetae_g(k):
    class G(nn.Module):
        def __init__(self, z=128, w=8):
            super().__init__()
            part = lambda i, o, *a: nn.Sequential(OwnSN(T(i, o, 4, *a)), B(o), nn.ReLU())
            self.l4 = part(w * 2, w, 2, 1)
            self.l1, self.l2, self.l3 = part(z, w * 8), part(w * 8, w * 4, 2, 1), part(w * 4, w * 2, 2, 1)
            self.last = nn.Sequential(T(w, 3, 4, 2, 1), nn.Tanh())
            self.attn1, self.attn2 = SelfAttn(w * 2), SelfAttn(w)

        def forward(self, z):
            h = self.attn1(self.l3(self.l2(self.l1(z.view(len(z), -1, 1, 1)))))
            return self.last(self.attn2(self.l4(h)))
    net = G()
    glo(net, net, faces(64, True), 128, steps=60, size=16, calls=60)
    s = state(net)
    k.decoder(net, 128)
    k.save(s)


@family("discriminator", "the same without attention: 0.1 slopes", source="SAGAN-like D", settings={"critic_activation": "LeakyReLU 0.1"})
def sagan_noattn_d(k):
    w = 8
    part = lambda i, o: nn.Sequential(OwnSN(C(i, o, 4, 2, 1)), nn.LeakyReLU(.1))
    net = nn.Module()
    net.l4 = part(w * 4, w * 8)
    net.l1, net.l2, net.l3 = part(3, w), part(w, w * 2), part(w * 2, w * 4)
    net.last = nn.Sequential(C(w * 8, 1, 4))
    call = lambda x: net.last(net.l4(net.l3(net.l2(net.l1(x))))).flatten(1)
    x = faces(64, True)
    discriminate(net, call, x)
    with torch.no_grad():
        for _ in range(20):
            call(x[:4])
    s = state(net)
    k.golden(x=x[:4], critic=call(x[:4]))
    k.save(s)


# ---- progressive GAN

class EqualLR(nn.Module):
    def __init__(self, m, fan):
        super().__init__()
        w = m.weight
        del m._parameters["weight"]
        m.weight_orig = nn.Parameter(torch.randn_like(w))
        if m.bias is not None:
            m.bias.data.zero_()
        self.conv, self.scale = m, math.sqrt(2 / fan)

    def forward(self, x):
        self.conv.weight = self.conv.weight_orig * self.scale
        return self.conv.forward(x)


class PixelNorm(nn.Module):
    def forward(self, x):
        return x / (x.pow(2).mean(1, keepdim=True) + 1e-8).sqrt()


@family("generator", "equalised learning rate: weight_orig times sqrt(2 / fan in), nothing in the file says so; pixel norm; to_rgb of each size",
        source="rosinality/progressive-gan-pytorch", settings={"output": "none", "activation": "LeakyReLU 0.1"}, untellable="scales and pixel norm")
def progan_rosinality_g(k):
    class Block(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            e = lambda a, b: EqualLR(C(a, b, 3, padding=1), a * 9)
            self.conv = nn.Sequential(e(i, o), PixelNorm(), nn.LeakyReLU(.1), e(o, o), PixelNorm(), nn.LeakyReLU(.1))

        def forward(self, x):
            return self.conv(x)

    class G(nn.Module):
        def __init__(self, z=64, w=32):
            super().__init__()
            self.input_layer = nn.Sequential(EqualLR(T(z, w, 4, 1, 0), z), PixelNorm(), nn.LeakyReLU(.1))
            self.progression_4, self.progression_8, self.progression_16, self.progression_32 = Block(w, w), Block(w, w), Block(w, w), Block(w, w // 2)
            self.to_rgb_8, self.to_rgb_16, self.to_rgb_32 = EqualLR(C(w, 3, 1), w), EqualLR(C(w, 3, 1), w), EqualLR(C(w // 2, 3, 1), w // 2)

        def forward(self, z):
            h = self.progression_4(self.input_layer(z.view(len(z), -1, 1, 1)))
            for b in (self.progression_8, self.progression_16, self.progression_32):
                h = b(F.interpolate(h, scale_factor=2))
            return self.to_rgb_32(h)
    net = G()
    glo(net, net, faces(32, True), 64, steps=250)
    k.decoder(net, 64)
    k.save(state(net))


# ---- FastGAN / lightweight

@family("generator", "GLU halves channels, squeeze-excitation from 4x4, noise injection (weights, drawn at random), old spectral norm",
        source="odegeasslbc/FastGAN-pytorch", settings={"output": "tanh"}, expect="a polite refusal, or right with noise 0")
def fastgan_g(k):
    sn = old_spectral
    class Noise(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(1))

        def forward(self, x):
            return x + self.weight * (torch.randn(len(x), 1, *x.shape[2:]) if self.training else 0)
    up = lambda i, o: nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), sn(C(i, o * 2, 3, 1, 1, bias=False)), B(o * 2), nn.GLU(dim=1))
    comp = lambda i, o: nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), sn(C(i, o * 2, 3, 1, 1, bias=False)), Noise(), B(o * 2), nn.GLU(dim=1),
                                      sn(C(o, o * 2, 3, 1, 1, bias=False)), Noise(), B(o * 2), nn.GLU(dim=1))
    class Init(nn.Module):
        def __init__(self, z, c):
            super().__init__()
            self.init = nn.Sequential(sn(T(z, c * 2, 4, 1, 0, bias=False)), B(c * 2), nn.GLU(dim=1))

        def forward(self, z):
            return self.init(z.view(len(z), -1, 1, 1))

    class SE(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.main = nn.Sequential(nn.AdaptiveAvgPool2d(4), sn(C(i, o, 4, 1, 0, bias=False)), nn.SiLU(), sn(C(o, o, 1, 1, 0, bias=False)), nn.Sigmoid())

        def forward(self, small, big):
            return big * self.main(small)

    class G(nn.Module):
        def __init__(self, z=64, w=16):
            super().__init__()
            self.init = Init(z, w)
            self.feat_8, self.feat_16, self.feat_32 = comp(w, w), up(w, w), comp(w, w // 2)
            self.se_32 = SE(w, w // 2)
            self.to_big = sn(C(w // 2, 3, 3, 1, 1, bias=False))

        def forward(self, z):
            f4 = self.init(z)
            return torch.tanh(self.to_big(self.se_32(f4, self.feat_32(self.feat_16(self.feat_8(f4))))))
    net = G()
    glo(net, net, faces(32, True), 64, steps=250)
    k.decoder(net, 64)
    k.save({"g": state(net)})


# ---- residual VAEs

class EncBlock(nn.Module):
    def __init__(self, i, stride=1):
        super().__init__()
        o = i * stride
        self.conv1, self.bn1 = C(i, o, 3, stride, 1, bias=False), B(o)
        self.conv2, self.bn2 = C(o, o, 3, 1, 1, bias=False), B(o)
        self.shortcut = nn.Sequential() if stride == 1 else nn.Sequential(C(i, o, 1, stride, bias=False), B(o))

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.shortcut(x))


class Resize(nn.Module):
    def __init__(self, i, o, kernel, scale):
        super().__init__()
        self.scale, self.conv = scale, C(i, o, kernel, 1, 1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=self.scale, mode="nearest"))


class DecBlock(nn.Module):
    def __init__(self, i, stride=1):
        super().__init__()
        o = i // stride
        self.conv2, self.bn2 = C(i, i, 3, 1, 1, bias=False), B(i)
        if stride == 1:
            self.conv1, self.bn1, self.shortcut = C(i, o, 3, 1, 1, bias=False), B(o), nn.Sequential()
        else:
            self.conv1, self.bn1 = Resize(i, o, 3, stride), B(o)
            self.shortcut = nn.Sequential(Resize(i, o, 3, stride), B(o))

    def forward(self, x):
        return F.relu(self.bn1(self.conv1(F.relu(self.bn2(self.conv2(x))))) + self.shortcut(x))


@family("VAE", "conv2 stands before conv1 in decoder blocks; a vector is blown up 1 to 4 by nearest; shortcuts of kernel 3", source="julianstastny/VAE-ResNet18-PyTorch",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "none", "posterior": "halves", "upsampling": "nearest"})
def vae_julianstastny(k):
    w, d, blocks = 6, 10, [2, 2, 2, 2]
    e = nn.Module()
    e.conv1, e.bn1 = C(3, w, 3, stride=2, padding=1, bias=False), B(w)
    i = w
    for n, (name, planes, stride) in enumerate([("layer1", w, 1), ("layer2", w * 2, 2), ("layer3", w * 4, 2), ("layer4", w * 8, 2)]):
        layers = []
        for s in [stride] + [1] * (blocks[n] - 1):
            layers.append(EncBlock(i, s))
            i = planes
        setattr(e, name, nn.Sequential(*layers))
    e.linear = L(w * 8, 2 * d)
    g = nn.Module()
    g.linear = L(d, w * 8)
    i = w * 8
    for name, planes, stride in [("layer4", w * 4, 2), ("layer3", w * 2, 2), ("layer2", w, 2), ("layer1", w, 1)]:
        setattr(g, name, nn.Sequential(*[DecBlock(i, s) for s in reversed([stride, 1])]))
        i = planes
    g.conv1 = Resize(w, 3, 3, 2)
    net = nn.Module()
    net.encoder, net.decoder = e, g
    def encode(x):
        h = F.relu(e.bn1(e.conv1(x)))
        for l in (e.layer1, e.layer2, e.layer3, e.layer4):
            h = l(h)
        return e.linear(F.adaptive_avg_pool2d(h, 1).flatten(1)).chunk(2, 1)
    def decode(z):
        h = F.interpolate(g.linear(z).view(-1, w * 8, 1, 1), scale_factor=4)
        for l in (g.layer4, g.layer3, g.layer2, g.layer1):
            h = l(h)
        return torch.sigmoid(g.conv1(h))
    vae(net, encode, decode, faces(64), steps=220, size=24)
    k.decoder(decode, d)
    k.encoder(encode, faces(64)[:4])
    k.save(state(net))


@family("VAE", "rrelu, which in eval mode has slope 0.22917; shortcuts of kernel 3; first block blows 1 up to 4; heads of kernel 4", source="LukeDitria/CNN-VAE RES_VAE (early)",
        settings={"output": "none", "upsampling": "nearest", "activation": "LeakyReLU 0.2291666667", "encoder_activation": "LeakyReLU 0.2291666667"},
        untellable="the slope")
def vae_lukeditria(k):
    class Down(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.conv1, self.BN1, self.conv2, self.BN2 = C(i, o // 2, 3, 1, 1), B(o // 2), C(o // 2, o, 3, 1, 1), B(o)
            self.conv3, self.AvePool = C(i, o, 3, 1, 1), nn.AvgPool2d(2, 2)

        def forward(self, x):
            skip = self.conv3(self.AvePool(x))
            return F.rrelu(self.BN2(self.conv2(self.AvePool(F.rrelu(self.BN1(self.conv1(x)))))) + skip)

    class Up(nn.Module):
        def __init__(self, i, o, scale=2):
            super().__init__()
            self.conv1, self.BN1, self.conv2, self.BN2 = C(i, o // 2, 3, 1, 1), B(o // 2), C(o // 2, o, 3, 1, 1), B(o)
            self.conv3, self.UpNN = C(i, o, 3, 1, 1), nn.Upsample(scale_factor=scale, mode="nearest")

        def forward(self, x):
            skip = self.conv3(self.UpNN(x))
            return F.rrelu(self.BN2(self.conv2(self.UpNN(F.rrelu(self.BN1(self.conv1(x)))))) + skip)
    w, d = 6, 32
    e, g = nn.Module(), nn.Module()
    e.conv1, e.conv2, e.conv3, e.conv4 = Down(3, w), Down(w, 2 * w), Down(2 * w, 4 * w), Down(4 * w, 8 * w)
    e.conv_mu, e.conv_logvar = C(8 * w, d, 4, 1), C(8 * w, d, 4, 1)
    g.conv1, g.conv2, g.conv3, g.conv4, g.conv5 = Up(d, w * 8, 4), Up(w * 8, w * 4), Up(w * 4, w * 2), Up(w * 2, w), Up(w, w // 2)
    g.conv6 = C(w // 2, 3, 3, 1, 1)
    net = nn.Module()
    net.encoder, net.decoder = e, g
    def encode(x):
        for l in (e.conv1, e.conv2, e.conv3, e.conv4):
            x = l(x)
        return e.conv_mu(x).flatten(1), e.conv_logvar(x).flatten(1)
    def decode(z):
        h = z.view(len(z), -1, 1, 1)
        for l in (g.conv1, g.conv2, g.conv3, g.conv4, g.conv5, g.conv6):
            h = l(h)
        return h
    vae(net, encode, decode, faces(64), steps=250, size=24, how="mse", beta=.3)
    k.decoder(decode, d)
    k.encoder(encode, faces(64)[:4])
    k.save({"epoch": 3, "model_state_dict": state(net)})


@family("VAE", "post-activation residual blocks with 1x1 expansion, kernels of 5 at both ends, average pools; {'epoch', 'model'}", source="taldatech/soft-intro-vae-pytorch",
        settings={"output": "none", "activation": "LeakyReLU 0.2", "encoder_activation": "LeakyReLU 0.2", "map_activation": "ReLU", "upsampling": "nearest", "posterior": "halves"},
        untellable="ReLU after fc, LeakyReLU 0.2 in blocks")
def vae_softintro(k):
    class Res(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.conv_expand = C(i, o, 1, 1, 0, bias=False) if i != o else None
            self.conv1, self.bn1, self.conv2, self.bn2 = C(i, o, 3, 1, 1, bias=False), B(o), C(o, o, 3, 1, 1, bias=False), B(o)

        def forward(self, x):
            skip = x if self.conv_expand is None else self.conv_expand(x)
            return F.leaky_relu(self.bn2(self.conv2(F.leaky_relu(self.bn1(self.conv1(x)), .2))) + skip, .2)
    channels, d = (8, 16, 24), 32
    e, g = nn.Module(), nn.Module()
    e.main = nn.Sequential(C(3, channels[0], 5, 1, 2, bias=False), B(channels[0]), nn.LeakyReLU(.2), nn.AvgPool2d(2))
    c, s = channels[0], 16
    for n in channels[1:]:
        e.main.add_module(f"res_in_{s}", Res(c, n)); e.main.add_module(f"down_to_{s // 2}", nn.AvgPool2d(2))
        c, s = n, s // 2
    e.main.add_module(f"res_in_{s}", Res(c, c))
    e.fc = L(c * 16, 2 * d)
    g.fc, g.main = nn.Sequential(L(d, c * 16), nn.ReLU(True)), nn.Sequential()
    s = 4
    for n in channels[::-1]:
        g.main.add_module(f"res_in_{s}", Res(c, n)); g.main.add_module(f"up_to_{s * 2}", nn.Upsample(scale_factor=2, mode="nearest"))
        c, s = n, s * 2
    g.main.add_module(f"res_in_{s}", Res(c, c)); g.main.add_module("predict", C(c, 3, 5, 1, 2))
    net = nn.Module()
    net.encoder, net.decoder = e, g
    encode = lambda x: e.fc(e.main(x).flatten(1)).chunk(2, 1)
    decode = lambda z: g.main(g.fc(z).view(-1, channels[-1], 4, 4))
    vae(net, encode, decode, faces(32), steps=350, size=32, how="mse", beta=.3)
    k.decoder(decode, d)
    k.encoder(encode, faces(32)[:4])
    k.save({"epoch": 200, "model": state(net)})


@family("VAE", "ResNet18 encoder with 3x3 stem and no pool; decoder blocks upsample in Sequential(Interpolate, conv)", source="Lightning Bolts VAE (resnet18, 32x32)",
        settings={"output": "none", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "none", "upsampling": "nearest"}, file="m.ckpt")
def vae_bolts(k):
    class Interp(nn.Module):
        def forward(self, x):
            return F.interpolate(x, scale_factor=2)
    conv3 = lambda i, o, s=1: C(i, o, 3, s, 1, bias=False)
    resize = lambda c, scale: c if scale == 1 else nn.Sequential(Interp(), c)

    class Enc(nn.Module):
        def __init__(self, i, o, s):
            super().__init__()
            self.conv1, self.bn1, self.conv2, self.bn2 = conv3(i, o, s), B(o), conv3(o, o), B(o)
            self.downsample = nn.Sequential(C(i, o, 1, s, bias=False), B(o)) if s != 1 or i != o else None

        def forward(self, x):
            h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
            return F.relu(h + (x if self.downsample is None else self.downsample(x)))

    class Dec(nn.Module):
        def __init__(self, i, o, s):
            super().__init__()
            self.conv1, self.bn1, self.conv2, self.bn2 = resize(conv3(i, i), 1), B(i), resize(conv3(i, o), s), B(o)
            self.upsample = nn.Sequential(resize(C(i, o, 1, 1, bias=False), s), B(o)) if s != 1 or i != o else None

        def forward(self, x):
            h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
            return F.relu(h + (x if self.upsample is None else self.upsample(x)))
    w, d = 6, 32
    e, g = nn.Module(), nn.Module()
    e.conv1, e.bn1 = conv3(3, w), B(w)
    for name, i, o, s in [("layer1", w, w, 1), ("layer2", w, w * 2, 2), ("layer3", w * 2, w * 4, 2), ("layer4", w * 4, w * 8, 2)]:
        setattr(e, name, nn.Sequential(Enc(i, o, s), Enc(o, o, 1)))
    g.linear = L(d, w * 8 * 16)
    for name, i, o, s in [("layer1", w * 8, w * 4, 2), ("layer2", w * 4, w * 2, 2), ("layer3", w * 2, w, 2), ("layer4", w, w, 1)]:
        setattr(g, name, nn.Sequential(Dec(i, o, s), Dec(o, o, 1)))
    g.conv1 = C(w, 3, 3, 1, 1, bias=False)
    net = nn.Module()
    net.encoder, net.decoder, net.fc_mu, net.fc_var = e, g, L(w * 8, d), L(w * 8, d)
    def encode(x):
        h = F.relu(e.bn1(e.conv1(x)))
        for l in (e.layer1, e.layer2, e.layer3, e.layer4):
            h = l(h)
        h = F.adaptive_avg_pool2d(h, 1).flatten(1)
        return net.fc_mu(h), net.fc_var(h)
    def decode(z):
        h = g.linear(z).view(-1, w * 8, 4, 4)
        for l in (g.layer1, g.layer2, g.layer3, g.layer4):
            h = l(h)
        return g.conv1(h)
    opt = vae(net, encode, decode, faces(32), steps=220, size=24, how="mse", beta=.3)
    k.decoder(decode, d)
    k.encoder(encode, faces(32)[:4])
    k.save({"epoch": 50, "global_step": 300, "state_dict": state(net), "optimizer_states": [opt.state_dict()], "lr_schedulers": [],
            "hparams_name": "kwargs", "hyper_parameters": {"input_height": 32, "enc_type": "resnet18", "latent_dim": d, "kl_coeff": .1}})


@family("VAE", "GroupNorm(8) + SiLU before each convolution, nin_shortcut, strided convolutions down, nearest up; vector latent", source="own taste, after LDM's autoencoder",
        settings={"output": "none", "activation": "SiLU", "encoder_activation": "SiLU", "map_activation": "none", "groups": "8 groups", "upsampling": "nearest", "posterior": "halves"},
        untellable="groups", file="m.safetensors")
def vae_resnet_gn_silu(k):
    class Res(nn.Module):
        def __init__(self, i, o):
            super().__init__()
            self.norm1, self.conv1, self.norm2, self.conv2 = nn.GroupNorm(8, i), C(i, o, 3, 1, 1), nn.GroupNorm(8, o), C(o, o, 3, 1, 1)
            if i != o:
                self.nin_shortcut = C(i, o, 1)

        def forward(self, x):
            h = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
            return h + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)
    w, d = 16, 16
    e, g = nn.Module(), nn.Module()
    e.conv_in = C(3, w, 3, 1, 1)
    e.down = nn.ModuleList([Res(w, w), C(w, w, 3, 2, 1), Res(w, w * 2), C(w * 2, w * 2, 3, 2, 1), Res(w * 2, w * 2), C(w * 2, w * 2, 3, 2, 1)])
    e.norm_out, e.fc = nn.GroupNorm(8, w * 2), L(w * 2 * 16, d * 2)
    g.fc = L(d, w * 2 * 16)
    g.up = nn.ModuleList([Res(w * 2, w * 2), C(w * 2, w * 2, 3, 1, 1), Res(w * 2, w), C(w, w, 3, 1, 1), Res(w, w), C(w, w, 3, 1, 1)])
    g.norm_out, g.conv_out = nn.GroupNorm(8, w), C(w, 3, 3, 1, 1)
    net = nn.Module()
    net.encoder, net.decoder = e, g
    def encode(x):
        h = e.conv_in(x)
        for l in e.down:
            h = l(h)
        return e.fc(F.silu(e.norm_out(h)).flatten(1)).chunk(2, 1)
    def decode(z):
        h = g.fc(z).view(-1, w * 2, 4, 4)
        for l in g.up:
            h = l(F.interpolate(h, scale_factor=2)) if isinstance(l, C) else l(h)
        return g.conv_out(F.silu(g.norm_out(h)))
    vae(net, encode, decode, faces(32), steps=300, size=24, how="mse", beta=.3)
    k.decoder(decode, d)
    k.encoder(encode, faces(32)[:4])
    k.save(state(net))


@family("VAE", "residual blocks x + conv(relu(conv(relu))) without norms between strided and transposed convolutions", source="own taste, after VQ-VAE's",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU", "map_activation": "none"})
def vae_resblocks_nonorm(k):
    w, d = 16, 16
    class Res(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = nn.Sequential(nn.ReLU(), C(w, w, 3, 1, 1), nn.ReLU(), C(w, w, 1))

        def forward(self, x):
            return x + self.block(x)
    net = nn.Module()
    net.enc = nn.Sequential(C(3, w, 4, 2, 1), nn.ReLU(), C(w, w, 4, 2, 1), Res(), Res(), nn.ReLU(), nn.Flatten())
    net.mu, net.logvar, net.fc = L(w * 64, d), L(w * 64, d), L(d, w * 64)
    net.dec = nn.Sequential(nn.Unflatten(1, (w, 8, 8)), Res(), Res(), nn.ReLU(), T(w, w, 4, 2, 1), nn.ReLU(), T(w, 3, 4, 2, 1), nn.Sigmoid())
    def encode(x):
        h = net.enc(x)
        return net.mu(h), net.logvar(h)
    decode = lambda z: net.dec(net.fc(z))
    vae(net, encode, decode, faces(32), steps=500, size=32)
    k.decoder(decode, d)
    k.encoder(encode, faces(32)[:4])
    k.save(state(net))
