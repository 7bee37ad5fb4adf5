"""torch_steps.py MODEL [SECONDS]: pictures a second of the same models in PyTorch, 2 threads, after warming up.

MODEL is fc-vae, conv-vae, dcgan-32, dcgan-64 or classifier; shapes, batches and settings are those of rounds.py."""
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


def dcgan(size, width=32, z=100, n=64):
    m = [width << i for i in range({32: 3, 64: 4}[size])]
    layers = [nn.ConvTranspose2d(z, m[-1], 4, 1, 0, bias=False), nn.BatchNorm2d(m[-1]), nn.ReLU(True)]
    for a, b in zip(m[:0:-1], m[-2::-1]):
        layers += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(True)]
    g = nn.Sequential(*layers, nn.ConvTranspose2d(m[0], 3, 4, 2, 1, bias=False), nn.Tanh())
    d = nn.Sequential(*down([3] + m, lambda: nn.LeakyReLU(0.2, True)), nn.Conv2d(m[-1], 1, 4, 1, 0, bias=False))
    average = [p.detach().clone() for p in g.parameters()]
    adam_g = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
    adam_d = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
    real = torch.rand(n, 3, size, size) * 2 - 1

    def step():
        fake = g(torch.randn(n, z, 1, 1))
        adam_d.zero_grad()
        loss_d = F.softplus(-d(real)).mean() + F.softplus(d(fake.detach())).mean()
        loss_d.backward()
        adam_d.step()
        # As zscope does: D only passes the gradient on.
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
}[what]()
for measured in (min(2.0, seconds), seconds):
    start, steps = time.perf_counter(), 0
    while time.perf_counter() - start < measured:
        step()
        steps += 1
    rate = steps * n / (time.perf_counter() - start)
print(f"{rate:.1f}")
