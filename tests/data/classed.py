"""Small class-conditional generators with the names of BigGAN's program in PyTorch, and of SNGAN's in Chainer and in PyTorch, with
what they draw, for tests/it/conditional.rs. The code is ours; only names and structure are theirs. Weights are random.

    python3 tests/data/classed.py tests/data/classed

NAME.npz has the tensors as the file would, NAME.golden.npz `z`, `labels` and `y`.
"""
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

CLASSES = 3


def doubled(x, blended):
    if blended:
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    return F.interpolate(x, scale_factor=2)


class Stepped:
    """Spectral norm by one step of power iteration from a kept vector, in each pass."""

    def prepare(self, rows):
        self.register_buffer("u0", torch.randn(1, rows))
        self.register_buffer("sv0", torch.ones(1))

    def normed(self):
        flat = self.weight.view(self.weight.size(0), -1)
        with torch.no_grad():
            v = F.normalize(self.u0 @ flat)
            u = F.normalize(v @ flat.t())
            sigma = (v @ flat.t() @ u.t()).squeeze()
            if self.training:
                self.u0[:], self.sv0[:] = u, sigma
        return self.weight / sigma


class SteppedConv(nn.Conv2d, Stepped):
    def __init__(self, into, out, k=3, bias=True):
        nn.Conv2d.__init__(self, into, out, k, padding=k // 2, bias=bias)
        self.prepare(out)

    def forward(self, x):
        return F.conv2d(x, self.normed(), self.bias, padding=self.padding)


class SteppedLinear(nn.Linear, Stepped):
    def __init__(self, into, out, bias=True):
        nn.Linear.__init__(self, into, out, bias)
        self.prepare(out)

    def forward(self, x):
        return F.linear(x, self.normed(), self.bias)


class Stored(nn.Module):
    """Batch norm with running statistics called `stored_…`; `told`: its gain and bias are of what it is given."""

    def __init__(self, n, told=None):
        super().__init__()
        if told is None:
            self.gain, self.bias = nn.Parameter(1 + 0.2 * torch.randn(n)), nn.Parameter(0.2 * torch.randn(n))
        else:
            self.gain, self.bias = told(n), told(n)
        self.told = told is not None
        self.register_buffer("stored_mean", torch.zeros(n))
        self.register_buffer("stored_var", torch.ones(n))

    def forward(self, x, y=None):
        x = F.batch_norm(x, self.stored_mean, self.stored_var, None, None, self.training, 0.1, 1e-5)
        gain, bias = (1 + self.gain(y), self.bias(y)) if self.told else (self.gain[None], self.bias[None])
        return x * gain[:, :, None, None] + bias[:, :, None, None]


class Looks(nn.Module):
    def __init__(self, n, conv):
        super().__init__()
        self.theta, self.phi = conv(n, n // 8, 1, bias=False), conv(n, n // 8, 1, bias=False)
        self.g, self.o = conv(n, n // 2, 1, bias=False), conv(n // 2, n, 1, bias=False)
        self.gamma = nn.Parameter(torch.tensor(0.7))

    def forward(self, x, y=None):
        n, c, h, w = x.shape
        q, k = self.theta(x).flatten(2), F.max_pool2d(self.phi(x), 2).flatten(2)
        v = F.max_pool2d(self.g(x), 2).flatten(2)
        looks = torch.softmax(q.transpose(1, 2) @ k, -1)
        return x + self.gamma * self.o((v @ looks.transpose(1, 2)).reshape(n, c // 2, h, w))


class BigBlock(nn.Module):
    def __init__(self, into, out, conv, norm):
        super().__init__()
        self.conv1, self.conv2, self.conv_sc = conv(into, out), conv(out, out), conv(into, out, 1)
        self.bn1, self.bn2 = norm(into), norm(out)

    def forward(self, x, y):
        h = self.conv1(doubled(F.relu(self.bn1(x, y)), False))
        return self.conv2(F.relu(self.bn2(h, y))) + self.conv_sc(doubled(x, False))


class Big(nn.Module):
    """`chunks`: z goes to every block (hier). `embed`: numbers of the shared embedding, 0 = each norm has tables."""

    def __init__(self, n=8, z=12, embed=5, chunks=True, spectral=True, looks=1, blocks=3):
        super().__init__()
        conv = SteppedConv if spectral else lambda i, o, k=3, bias=True: nn.Conv2d(i, o, k, padding=k // 2, bias=bias)
        linear = SteppedLinear if spectral else nn.Linear
        self.z, self.chunk = z, z // (blocks + 1) if chunks else 0
        told = embed + self.chunk
        norm = lambda n: Stored(n, (lambda n: linear(told, n, bias=False)) if embed else lambda n: nn.Embedding(CLASSES, n))
        self.shared = nn.Embedding(CLASSES, embed) if embed else nn.Identity()
        self.linear = linear(self.chunk or z, 16 * n)
        lists = [[BigBlock(n, n, conv, norm)] + ([Looks(n, conv)] if i == looks else []) for i in range(blocks)]
        self.blocks = nn.ModuleList([nn.ModuleList(b) for b in lists])
        self.output_layer = nn.Sequential(Stored(n), nn.ReLU(), conv(n, 3))

    def forward(self, z, labels):
        y = self.shared(labels)
        first, *rest = z.split(self.chunk, 1) if self.chunk else [z]
        h = self.linear(first)
        h = h.view(len(h), -1, 4, 4)
        for i, blocks in enumerate(self.blocks):
            for block in blocks:
                h = block(h, torch.cat([y, rest[i]], 1) if rest else y)
        return torch.tanh(self.output_layer(h))


class Tables(nn.Module):
    def __init__(self, n, eps):
        super().__init__()
        self.bn, self.embed = nn.BatchNorm2d(n, affine=False, eps=eps), nn.Embedding(CLASSES, 2 * n)
        self.embed.weight.data[:, :n].normal_(1, 0.3)
        self.embed.weight.data[:, n:].normal_(0, 0.3)

    def forward(self, x, y):
        gain, bias = self.embed(y)[:, :, None, None].chunk(2, 1)
        return self.bn(x) * gain + bias


class SnBlock(nn.Module):
    def __init__(self, into, out, blended, eps, spectral):
        super().__init__()
        self.blended = blended
        norm = torch.nn.utils.spectral_norm if spectral else lambda m: m
        self.c1, self.c2 = norm(nn.Conv2d(into, out, 3, padding=1)), norm(nn.Conv2d(out, out, 3, padding=1))
        self.b1, self.b2 = Tables(into, eps), Tables(out, eps)
        self.c_sc = norm(nn.Conv2d(into, out, 1))

    def forward(self, x, y):
        h = self.c1(doubled(F.relu(self.b1(x, y)), self.blended))
        return self.c2(F.relu(self.b2(h, y))) + self.c_sc(doubled(x, self.blended))


class Sn(nn.Module):
    def __init__(self, n=8, z=12, blended=True, eps=1e-5, looks=False):
        super().__init__()
        self.z = z
        norm = torch.nn.utils.spectral_norm if looks else lambda m: m
        self.l1 = norm(nn.Linear(z, 16 * n))
        self.block2, self.block3, self.block4 = [SnBlock(n, n, blended, eps, looks) for _ in range(3)]
        self.b5, self.c5 = nn.BatchNorm2d(n, eps=eps), norm(nn.Conv2d(n, 3, 3, padding=1))
        if looks:
            self.attn_block = Looks(n, lambda i, o, k, bias: norm(nn.Conv2d(i, o, k, bias=bias)))

    def forward(self, z, y):
        h = self.l1(z).view(len(z), -1, 4, 4)
        h = self.block3(self.block2(h, y), y)
        if hasattr(self, "attn_block"):
            h = self.attn_block(h)
        return torch.tanh(self.c5(F.relu(self.b5(self.block4(h, y)))))


def chainer(tensors):
    """The names that Chainer would have given."""
    out = {}
    for name, value in tensors.items():
        name = name.replace(".", "/")
        if name.endswith("/embed/weight"):
            path, n = name[: -len("/embed/weight")], value.shape[1] // 2
            out[path + "/gammas/W"], out[path + "/betas/W"] = value[:, :n].copy(), value[:, n:].copy()
            continue
        name = name.replace("/bn/running", "/running").replace("running", "avg")
        if name.startswith("b5/"):
            name = name.replace("weight", "gamma").replace("bias", "beta")
        name = name.replace("num_batches_tracked", "N").replace("/bn/N", "/N")
        out[name.replace("/weight", "/W").replace("/bias", "/b")] = value
    return out


def save(folder, name, net, names=lambda t: t):
    net.train()
    with torch.no_grad():
        for _ in range(60):
            net(torch.randn(32, net.z), torch.randint(0, CLASSES, (32,)))
        net.eval()
        z, labels = torch.randn(3, net.z), torch.arange(3) % CLASSES
        y = net(z, labels)
    tensors = {k: v.numpy() for k, v in net.state_dict().items()}
    np.savez_compressed(folder / f"{name}.npz", **names(tensors))
    np.savez_compressed(folder / f"{name}.golden.npz", z=z.numpy(), labels=labels.numpy(), y=y.numpy())


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    save(folder, "biggan-chunks", Big())
    save(folder, "biggan-shared", Big(chunks=False, spectral=False, looks=None))
    save(folder, "biggan-tables", Big(chunks=False, embed=0, looks=None))
    save(folder, "sngan-torch", Sn())
    save(folder, "sagan-torch", Sn(looks=True))
    save(folder, "sngan-chainer", Sn(blended=False, eps=2e-5), chainer)
