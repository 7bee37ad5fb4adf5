# Written by zscope: the PixelCNN of FILE in PyTorch.
#   from THIS_PROGRAM import load
#   model = load()
#   nats = model.nats(x)               # pictures [n, c, h, w], 0 to 1, as the model draws them -> -ln p(x) of each, [n]
#   x = model.sample(4)                # draws; slowly, a whole pass for each pixel
# A class-conditional model takes classes too: model.nats(x, y), model.sample(4, y), with y a tensor of class numbers [n].
import json
import os
import struct

import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, tensors, settings, shape):
        super().__init__()
        # The averaged weights are those that zscope shows.
        under = lambda part: {n.split(".", 1)[1]: v for n, v in tensors.items() if n.startswith(part)}
        own = under("pixelcnn_ema.") or under("pixelcnn.")
        self.net = Gated(own, int(settings.get("stacks", 0)) == 1)
        self.output = int(settings.get("output", 0))
        self.components = int(settings.get("components", 5))
        self.size = [shape["channels"], shape["height"], shape["width"]]

    def levels(self):
        return 2 if self.output == 0 else 256

    def mixture(self, numbers, x):
        """ln p of each place by a mixture of discretised logistics, [n, h, w]."""
        k, c = self.components, x.shape[1]
        part = lambda i: numbers[:, i * k : (i + 1) * k]
        joint = part(0).log_softmax(1)
        for i in range(c):
            mean, scale = part(1 + 2 * i), part(2 + 2 * i).clamp(min=-7)
            if c == 3 and i == 1:
                mean = mean + part(7).tanh() * x[:, :1]
            if c == 3 and i == 2:
                mean = mean + part(8).tanh() * x[:, :1] + part(9).tanh() * x[:, 1:2]
            v = x[:, i : i + 1]
            away, inv = v - mean, (-scale).exp()
            above, below = (away + 1 / 255) * inv, (away - 1 / 255) * inv
            inside = above.sigmoid() - below.sigmoid()
            middle = away * inv
            thin = middle - scale - 2 * F.softplus(middle) - torch.tensor(127.5).log()
            plain = torch.where(inside < 1e-5, thin, inside.clamp(min=1e-12).log())
            plain = torch.where(v < -0.999, above - F.softplus(above), plain)
            joint = joint + torch.where(v > 0.999, -F.softplus(below), plain)
        return joint.logsumexp(1)

    @torch.no_grad()
    def nats(self, x, y=None):
        most = self.levels() - 1
        at = (x * most).round().long()
        x = at.float() * 2 / most - 1
        features = self.net.features(x, y)
        if self.output == 0:
            return F.binary_cross_entropy_with_logits(
                self.net.numbers(features, x), at.float(), reduction="none"
            ).sum((1, 2, 3))
        if self.output == 2:
            return -self.mixture(self.net.numbers(features, x), x).sum((1, 2))
        each = [F.cross_entropy(self.net.numbers(features, x, c), at[:, c], reduction="none") for c in range(x.shape[1])]
        return sum(e.sum((1, 2)) for e in each)

    @torch.no_grad()
    def sample(self, n, y=None):
        c, h, w = self.size
        most = self.levels() - 1
        x = -torch.ones(n, c, h, w)
        for i in range(h):
            for j in range(w):
                features = self.net.features(x, y)
                here = lambda c: self.net.numbers(features, x, c)[:, :, i, j]
                if self.output == 0:
                    x[:, 0, i, j] = torch.bernoulli(here(0)[:, 0].sigmoid()) * 2 - 1
                elif self.output == 1:
                    for k in range(c):
                        level = torch.multinomial(here(k).softmax(1), 1)[:, 0]
                        x[:, k, i, j] = level.float() * 2 / most - 1
                else:
                    all, k = here(0), self.components
                    which = torch.multinomial(all[:, :k].softmax(1), 1)
                    take = lambda p: all[:, p * k : (p + 1) * k].gather(1, which)[:, 0]
                    for m in range(c):
                        mean, scale = take(1 + 2 * m), take(2 + 2 * m).clamp(min=-7).exp()
                        if m == 1:
                            mean = mean + take(7).tanh() * x[:, 0, i, j]
                        if m == 2:
                            mean = mean + take(8).tanh() * x[:, 0, i, j] + take(9).tanh() * x[:, 1, i, j]
                        u = torch.rand(n).clamp(1e-6, 1 - 1e-6)
                        v = (mean + scale * (u / (1 - u)).log()).clamp(-1, 1)
                        x[:, m, i, j] = ((v + 1) * 127.5).round() / 127.5 - 1
        return (x + 1) / 2


def load(path=None):
    """The model with its weights, ready to evaluate."""
    path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), "FILE")
    tensors, about = read(path)
    card = json.loads(about["zscope"])
    return Model(tensors, card["settings"], card["shape"]).eval()
