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
        for name, value in own.items():
            *path, leaf = name.split(".")
            at = self
            for part in path:
                if part not in at._modules:
                    at.add_module(part, nn.Module())
                at = at._modules[part]
            at.register_parameter(leaf, nn.Parameter(value))
        self.output = int(settings.get("output", 0))
        self.blind = int(settings.get("stacks", 0)) == 1
        self.components = int(settings.get("components", 5))
        self.size = [shape["channels"], shape["height"], shape["width"]]

    def conv(self, path, x):
        at = self.get_submodule(path)
        return F.conv2d(x, at.weight, at.bias)

    def after(self, path, x, top, left):
        """A convolution that keeps the size, with zeros above and to the left."""
        kh, kw = self.get_submodule(path).weight.shape[2:]
        h, w = x.shape[2:]
        padded = F.pad(x, (left, max(kw - 1 - left, 0), top, max(kh - 1 - top, 0)))
        return self.conv(path, padded)[:, :, :h, :w]

    def gate(self, x):
        a, b = x.chunk(2, 1)
        return a.tanh() * b.sigmoid()

    def features(self, x, y=None):
        """x: -1 to 1 -> what is said of each place, [n, f, h, w]."""
        n, _, rows, columns = x.shape
        at = lambda of: (torch.arange(of) + 0.5) / of * 2 - 1
        down, across = at(rows)[:, None].expand(rows, columns), at(columns).expand(rows, columns)
        x = torch.cat([x, torch.stack([down, across]).expand(n, 2, rows, columns)], 1)
        v = h = x
        total = 0
        count = len(list(self.get_submodule("layers").children()))
        for i in range(count):
            name = f"layers.{i}"
            layer = self.get_submodule(name)
            rows, size = layer.vert_stack.weight.shape[2:]
            columns = layer.horiz_stack.weight.shape[3]
            first = i == 0
            top = rows if first or self.blind else rows - 1
            v = self.after(name + ".vert_stack", h if self.blind else v, top, size // 2)
            own = self.after(name + ".horiz_stack", h, 0, columns if first else columns - 1)
            own = own + self.conv(name + ".vert_to_horiz", v)
            if "class_cond" in layer._modules:
                told = F.linear(F.one_hot(y, layer.class_cond.weight.shape[1]).float(), layer.class_cond.weight)
                v, own = v + told[:, :, None, None], own + told[:, :, None, None]
            v = h if self.blind else self.gate(v)
            own = self.gate(own)
            total = total + self.conv(name + ".horiz_skip", own)
            if "horiz_resid" in layer._modules:
                own = self.conv(name + ".horiz_resid", own)
                h = own if first else h + own
        return self.conv("head.hidden", F.relu(total))

    def numbers(self, features, x, c=0):
        """Logits of channel c (of a mixture its numbers), [n, numbers, h, w]."""
        name = f"head.channels.{c}"
        if "before" in self.get_submodule(name)._modules:
            features = features + self.conv(name + ".before", x[:, :c])
        return self.conv(name + ".logits", F.relu(features))

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
        features = self.features(x, y)
        if self.output == 0:
            return F.binary_cross_entropy_with_logits(
                self.numbers(features, x), at.float(), reduction="none"
            ).sum((1, 2, 3))
        if self.output == 2:
            return -self.mixture(self.numbers(features, x), x).sum((1, 2))
        each = [F.cross_entropy(self.numbers(features, x, c), at[:, c], reduction="none") for c in range(x.shape[1])]
        return sum(e.sum((1, 2)) for e in each)

    @torch.no_grad()
    def sample(self, n, y=None):
        c, h, w = self.size
        most = self.levels() - 1
        x = -torch.ones(n, c, h, w)
        for i in range(h):
            for j in range(w):
                features = self.features(x, y)
                here = lambda c: self.numbers(features, x, c)[:, :, i, j]
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
