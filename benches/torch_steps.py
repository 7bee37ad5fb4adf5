"""torch_steps.py MODEL [SECONDS]: pictures a second of the same models in PyTorch, 2 threads, after warming up.

MODEL is fc-vae, conv-vae, dcgan-32, dcgan-64, classifier, cgan, vq-vae, pix2pix, lab or lab-r1; shapes, batches and settings are those of rounds.py."""
import sys, time
import torch, torch.nn as nn, torch.nn.functional as F

torch.set_num_threads(2)
torch.manual_seed(0)
what, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 6.0


def kl(mean, lv):
    return -0.5 * (1 + lv - mean**2 - lv.exp()).sum()


def drawn(mean, lv):
    return mean + torch.exp(0.5 * lv) * torch.randn_like(mean)


class FcVae(nn.Module):
    def __init__(s):
        super().__init__()
        s.fc1, s.fc21, s.fc22 = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        s.fc3, s.fc4 = nn.Linear(20, 400), nn.Linear(400, 784)

    def loss(s, x):
        h = F.relu(s.fc1(x))
        mean, lv = s.fc21(h), s.fc22(h)
        logits = s.fc4(F.relu(s.fc3(drawn(mean, lv))))
        return (F.binary_cross_entropy_with_logits(logits, x, reduction="sum") + kl(mean, lv)) / len(x)


def down(c, act):
    layers = []
    for i in range(len(c) - 1):
        layers.append(nn.Conv2d(c[i], c[i + 1], 4, 2, 1, bias=i == 0))
        layers += [nn.BatchNorm2d(c[i + 1])] if i else []
        layers.append(act())
    return layers


class ConvVae(nn.Module):
    def __init__(s, width=24, z=64):
        super().__init__()
        c = [3] + [width << i for i in range(4)]
        s.down = nn.Sequential(*down(c, lambda: nn.ReLU(True)), nn.Flatten())
        s.mean, s.lv, s.fc = nn.Linear(16 * c[4], z), nn.Linear(16 * c[4], z), nn.Linear(z, 16 * c[4])
        layers = [nn.Unflatten(1, (c[4], 4, 4)), nn.BatchNorm2d(c[4]), nn.ReLU(True)]
        for i in (3, 2, 1, 0):
            layers.append(nn.ConvTranspose2d(c[i + 1], c[i], 4, 2, 1, bias=i == 0))
            layers += [nn.BatchNorm2d(c[i]), nn.ReLU(True)] if i else []
        s.up = nn.Sequential(*layers)

    def loss(s, x):
        h = s.down(x)
        mean, lv = s.mean(h), s.lv(h)
        y = torch.sigmoid(s.up(s.fc(drawn(mean, lv))))
        return (50 * ((x - y) ** 2).sum() + kl(mean, lv)) / len(x)


class Classifier(nn.Module):
    def __init__(s, width=16):
        super().__init__()
        c = [1, width, 2 * width, 4 * width]
        layers = down(c, lambda: nn.ReLU(True))
        # 7 halves to 4 by a kernel of 3.
        layers[5] = nn.Conv2d(c[2], c[3], 3, 2, 1, bias=False)
        s.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * c[-1], 64), nn.ReLU(True), nn.Linear(64, 10))

    def loss(s, x):
        return F.cross_entropy(s.net(x), torch.arange(len(x)) % 10)


def alone(net, x):
    adam = torch.optim.Adam(net.parameters(), 1e-3)

    def step():
        adam.zero_grad()
        loss = net.loss(x)
        loss.backward()
        adam.step()

    return step, len(x)


def dcgan(size, width=32, z=100, n=64, channels=3, classes=0):
    m = [width << i for i in range({28: 3, 32: 3, 64: 4}[size])]
    # 28 goes 4, 7, 14, 28, the first of these by a kernel of 3.
    kernel = lambda i: 3 if size == 28 and i == len(m) - 1 else 4
    layers = [nn.ConvTranspose2d(z + classes, m[-1], 4, 1, 0, bias=False), nn.BatchNorm2d(m[-1]), nn.ReLU(True)]
    for i in range(len(m) - 1, 0, -1):
        layers += [nn.ConvTranspose2d(m[i], m[i - 1], kernel(i), 2, 1, bias=False), nn.BatchNorm2d(m[i - 1]), nn.ReLU(True)]
    g = nn.Sequential(*layers, nn.ConvTranspose2d(m[0], channels, 4, 2, 1, bias=False), nn.Tanh())
    c, layers = [channels + classes] + m, []
    for i in range(len(m)):
        layers.append(nn.Conv2d(c[i], c[i + 1], kernel(i), 2, 1, bias=i == 0))
        layers += [nn.BatchNorm2d(c[i + 1])] if i else []
        layers.append(nn.LeakyReLU(0.2, True))
    d = nn.Sequential(*layers, nn.Conv2d(m[-1], 1, 4, 1, 0, bias=False))
    # A class is one-hot beside z, and a map of ones among maps of zeros beside the picture.
    hot = F.one_hot(torch.arange(n) % max(classes, 1), max(classes, 1)).float()[:, :classes, None, None]
    given = lambda z: torch.cat([z, hot], 1) if classes else z
    shown = lambda x: torch.cat([x, hot.expand(-1, -1, size, size)], 1) if classes else x
    average = [p.detach().clone() for p in g.parameters()]
    adam_g = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
    adam_d = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
    real = torch.rand(n, channels, size, size) * 2 - 1

    def step():
        fake = g(given(torch.randn(n, z, 1, 1)))
        adam_d.zero_grad()
        loss_d = F.softplus(-d(shown(real))).mean() + F.softplus(d(shown(fake.detach()))).mean()
        loss_d.backward()
        adam_d.step()
        # As zscope does: D only passes the gradient on.
        d.requires_grad_(False)
        adam_g.zero_grad()
        F.softplus(-d(shown(fake))).mean().backward()
        d.requires_grad_(True)
        adam_g.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, [p.detach() for p in g.parameters()], 0.005)

    return step, n


class Residual(nn.Module):
    def __init__(s, width):
        super().__init__()
        s.a, s.b = nn.Conv2d(width, width // 2, 3, 1, 1), nn.Conv2d(width // 2, width, 1)

    def forward(s, x):
        return x + s.b(F.relu(s.a(F.relu(x))))


def vq_vae(n=64, width=32, entries=128, d=32):
    thin, blocks = width // 2, lambda: [Residual(width), Residual(width)]
    encoder = nn.Sequential(
        nn.Conv2d(1, thin, 4, 2, 1), nn.ReLU(True), nn.Conv2d(thin, width, 4, 2, 1), nn.ReLU(True),
        nn.Conv2d(width, width, 3, 1, 1), *blocks(), nn.ReLU(True), nn.Conv2d(width, d, 1))
    decoder = nn.Sequential(
        nn.Conv2d(d, width, 3, 1, 1), *blocks(), nn.ReLU(True), nn.ConvTranspose2d(width, thin, 4, 2, 1), nn.ReLU(True),
        nn.ConvTranspose2d(thin, 1, 4, 2, 1), nn.Sigmoid())
    adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 1e-3)
    x = torch.rand(n, 1, 28, 28)
    book = torch.randn(entries, d)
    counts, sums = torch.ones(entries), book.clone()

    def step():
        nonlocal book, counts, sums
        adam.zero_grad()
        e = encoder(x * 2 - 1)
        rows = e.permute(0, 2, 3, 1).reshape(-1, d)
        with torch.no_grad():
            still = rows.detach()
            codes = (book.square().sum(1) - 2 * still @ book.T).argmin(1)
            vectors = book[codes]
        through = (rows + (vectors - still)).reshape(n, 7, 7, d).permute(0, 3, 1, 2)
        loss = (x - decoder(through)).square().mean() / (x.var() + 1e-8) + 0.25 * (rows - vectors).square().mean()
        loss.backward()
        adam.step()
        with torch.no_grad():
            hot = F.one_hot(codes, entries).float()
            counts = 0.99 * counts + 0.01 * hot.sum(0)
            sums = 0.99 * sums + 0.01 * hot.T @ still
            share = (counts + 1e-5) / (counts.sum() + entries * 1e-5) * counts.sum()
            book = sums / share[:, None]

    return step, n


class UNet(nn.Module):
    def __init__(s, a, b, width, depth=4):
        super().__init__()
        c = [width << i for i in range(depth)]
        s.down = nn.ModuleList(nn.Conv2d(c[i - 1] if i else a, c[i], 4, 2, 1, bias=i == 0) for i in range(depth))
        s.down_norm = nn.ModuleList(nn.BatchNorm2d(c[i]) for i in range(1, depth))
        s.up = nn.ModuleList(
            nn.ConvTranspose2d(c[i] * (1 if i + 1 == depth else 2), c[i - 1] if i else b, 4, 2, 1, bias=i == 0)
            for i in reversed(range(depth)))
        s.up_norm = nn.ModuleList(nn.BatchNorm2d(c[i - 1]) for i in reversed(range(1, depth)))

    def forward(s, x):
        passed = []
        for i, conv in enumerate(s.down):
            x = conv(x)
            x = F.leaky_relu(s.down_norm[i - 1](x) if i else x, 0.2)
            passed.append(x)
        passed.pop()
        for i, conv in enumerate(s.up):
            x = conv(x)
            if i < len(s.up_norm):
                x = F.relu(s.up_norm[i](x))
            if passed:
                x = torch.cat([x, passed.pop()], 1)
        return torch.tanh(x)


def pix2pix(n=16, width=16):
    g = UNet(1, 3, width)
    w = width
    d = nn.Sequential(
        nn.Conv2d(4, w, 4, 2, 1), nn.LeakyReLU(0.2, True),
        nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * w), nn.LeakyReLU(0.2, True),
        nn.Conv2d(2 * w, 4 * w, 4, 1, 1, bias=False), nn.BatchNorm2d(4 * w), nn.LeakyReLU(0.2, True),
        nn.Conv2d(4 * w, 1, 4, 1, 1))
    adam_g = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
    adam_d = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
    lines, real = torch.rand(n, 1, 64, 64) * 2 - 1, torch.rand(n, 3, 64, 64) * 2 - 1
    pair = lambda x: torch.cat([lines, x], 1)

    def step():
        fake = g(lines)
        adam_d.zero_grad()
        loss = F.softplus(-d(pair(real))).mean() + F.softplus(d(pair(fake.detach()))).mean()
        (0.5 * loss).backward()
        adam_d.step()
        d.requires_grad_(False)
        adam_g.zero_grad()
        (F.softplus(-d(pair(fake))).mean() + 100 * (real - fake).abs().mean()).backward()
        d.requires_grad_(True)
        adam_g.step()

    return step, n


def lab(n=256, width=128, gamma=0.0):
    mlp = lambda a, b: nn.Sequential(
        nn.Linear(a, width), nn.ReLU(True), nn.Linear(width, width), nn.ReLU(True), nn.Linear(width, b))
    g, d = mlp(2, 2), mlp(2, 1)
    average = [p.detach().clone() for p in g.parameters()]
    adam_g = torch.optim.Adam(g.parameters(), 1e-3, (0.5, 0.9))
    adam_d = torch.optim.Adam(d.parameters(), 1e-3, (0.5, 0.9))
    points = torch.rand(n, 2) * 4 - 2

    def step():
        real, fake = points.clone().requires_grad_(gamma > 0), g(torch.randn(n, 2))
        adam_d.zero_grad()
        on_real = d(real)
        loss = F.softplus(-on_real).mean() + F.softplus(d(fake.detach())).mean()
        if gamma:
            slope, = torch.autograd.grad(on_real.sum(), real, create_graph=True)
            loss = loss + 0.5 * gamma * slope.square().sum(1).mean()
        loss.backward()
        adam_d.step()
        d.requires_grad_(False)
        adam_g.zero_grad()
        F.softplus(-d(fake)).mean().backward()
        d.requires_grad_(True)
        adam_g.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, [p.detach() for p in g.parameters()], 0.005)

    return step, n


step, n = {
    "fc-vae": lambda: alone(FcVae(), torch.rand(128, 1, 28, 28).flatten(1)),
    "conv-vae": lambda: alone(ConvVae(), torch.rand(64, 3, 64, 64)),
    "dcgan-32": lambda: dcgan(32),
    "dcgan-64": lambda: dcgan(64),
    "classifier": lambda: alone(Classifier(), torch.rand(128, 1, 28, 28)),
    "cgan": lambda: dcgan(28, channels=1, classes=10),
    "vq-vae": vq_vae,
    "pix2pix": pix2pix,
    "lab": lab,
    "lab-r1": lambda: lab(gamma=0.1),
}[what]()
for measured in (min(2.0, seconds), seconds):
    start, steps = time.perf_counter(), 0
    while time.perf_counter() - start < measured:
        step()
        steps += 1
    rate = steps * n / (time.perf_counter() - start)
print(f"{rate:.1f}")
