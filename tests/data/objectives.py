"""Values of the games and slope penalties by PyTorch's double backward, for tests/it/objectives.rs.

    python3 tests/data/objectives.py > tests/data/objectives.json

Numbers of networks and samples follow from a formula, so that both sides have them without a file.
"""
import json
import math

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def numbers(seed, scale, *shape):
    count = math.prod(shape)
    values = [scale * math.sin(1.7 * k + seed + 3.0 * math.sin(0.37 * k * seed)) for k in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def critic(wide, activation):
    w1, b1 = numbers(1.1, 1 / math.sqrt(wide), wide, 24), numbers(2.3, 0.3, 24)
    w2, b2 = numbers(3.7, 0.5, 24, 24), numbers(4.1, 0.3, 24)
    w3 = numbers(5.9, 0.5, 24, 1)
    weights = [w.requires_grad_(True) for w in (w1, b1, w2, b2, w3)]
    act = torch.tanh if activation == "tanh" else lambda x: F.leaky_relu(x, 0.2)
    return weights, lambda x: act(act(x @ w1 + b1) @ w2 + b2) @ w3


def penalty(wide, activation, kind):
    weights, d = critic(wide, activation)
    x = numbers(6.3, 1.0, 16, wide).requires_grad_(True)
    (slope,) = torch.autograd.grad(d(x).sum(), x, create_graph=True)
    norm = slope.square().sum(1).sqrt()
    value = 0.5 * norm.square().mean() if kind == "zero" else (norm - 1).square().mean()
    gradients = torch.autograd.grad(value, weights, allow_unused=True)
    flat = [[] if g is None else g.flatten().tolist()[:96] for g in gradients]
    return {"wide": wide, "activation": activation, "kind": kind, "value": value.item(),
            "gradients": [[float(f"{v:.9g}") for v in g] for g in flat]}


def games():
    real, fake = numbers(1.9, 2.0, 8, 1), numbers(7.7, 2.0, 8, 1)
    sp = F.softplus
    bce = sp(-real).mean() + sp(fake).mean()
    more, less = real - fake.mean(), fake - real.mean()
    pairs = {
        "non-saturating": (bce, sp(-fake).mean()),
        "minimax": (bce, torch.log(1 - torch.sigmoid(fake)).mean()),
        "LSGAN": (0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean(), 0.5 * (fake - 1).square().mean()),
        "WGAN": (fake.mean() - real.mean(), -fake.mean()),
        "WGAN-GP": (fake.mean() - real.mean(), -fake.mean()),
        "DRAGAN": (bce, sp(-fake).mean()),
        "hinge": (F.relu(1 - real).mean() + F.relu(1 + fake).mean(), -fake.mean()),
        "relativistic": (sp(-more).mean() + sp(less).mean(), sp(-less).mean() + sp(more).mean()),
    }
    smooth = F.binary_cross_entropy_with_logits(real, torch.full_like(real, 0.9)) + sp(fake).mean()
    return {"games": {k: [v[0].item(), v[1].item()] for k, v in pairs.items()}, "smoothed": smooth.item()}


all_penalties = [penalty(w, a, k) for w in (2, 256) for a in ("tanh", "leaky") for k in ("zero", "one")]
print(json.dumps({**games(), "penalties": all_penalties}, indent=0))
