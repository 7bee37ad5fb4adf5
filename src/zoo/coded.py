# Written by zscope: the network and codebooks of FILE in PyTorch.
#   from THIS_PROGRAM import load
#   model = load()
#   codes = model.encode(x)      # pictures [n, c, h, w], 0 to 1 -> a grid of codes for each level, top before bottom
#   x = model.decode(*codes)     # and back
# Where priors over the codes were trained:
#   nats = model.nats(codes)     # -ln p of each level's grids, those above given, [n] each
#   x = model.decode(*model.sample(4))
# Priors that were told classes take them too: model.nats(codes, y), model.sample(4, y), with y a tensor of class numbers [n].
import json
import os
import struct

import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, tensors, shape):
        super().__init__()
        # The averaged weights of a prior are those that zscope draws with.
        of = lambda part: {n[len(part) + 1 :]: v for n, v in tensors.items() if n.startswith(part + ".")}
        own = [Gated(part) for part in map(of, ("prior_ema", "prior_top_ema", "prior_bottom_ema")) if part]
        self.sides = [shape["height"], shape["width"]]
        for name, value in tensors.items():
            if name.startswith("prior"):
                continue
            *path, leaf = name.split(".")
            at = self
            for part in path:
                if part not in at._modules:
                    at.add_module(part, nn.Module())
                at = at._modules[part]
            at.register_parameter(leaf, nn.Parameter(value))
        self.priors = nn.ModuleList(own)

    def conv(self, path, x, stride=1, padding=1):
        at = self.get_submodule(path)
        return F.conv2d(x, at.weight, at.bias, stride, padding)

    def grow(self, path, x):
        at = self.get_submodule(path)
        return F.conv_transpose2d(x, at.weight, at.bias, 2, 1)

    def each(self, path):
        return [f"{path}.{name}" for name, _ in self.get_submodule(path).named_children()]

    def residual(self, path, x):
        for block in self.each(path + ".residual"):
            h = F.relu(self.conv(block + ".conv1", F.relu(x)))
            x = x + self.conv(block + ".conv2", h, padding=0)
        return F.relu(x)

    def encoder(self, path, x):
        for layer in self.each(path + ".down"):
            x = F.relu(self.conv(layer, x, stride=2))
        return self.residual(path, self.conv(path + ".conv", x))

    def decoder(self, path, x):
        x = self.residual(path, self.conv(path + ".conv", x))
        for i, layer in enumerate(self.each(path + ".up")):
            x = self.grow(layer, F.relu(x) if i else x)
        return x

    def vectors(self, path, codes):
        """Codes [n, h, w] -> vectors [n, d, h, w]."""
        return self.get_submodule(path).embed[codes].permute(0, 3, 1, 2)

    def nearest(self, path, x):
        """Vectors [n, d, h, w] -> codes [n, h, w]."""
        embed = self.get_submodule(path).embed
        x = x.permute(0, 2, 3, 1)
        return ((embed**2).sum(1) - 2 * x @ embed.t()).argmin(-1)

    def levels(self):
        return ["quantize_t", "quantize_b"] if "quantize_t" in self._modules else ["quantize"]

    def encode(self, x):
        x = x * 2 - 1
        if self.levels() == ["quantize"]:
            x = self.conv("quantize_conv", self.encoder("enc", x), padding=0)
            return [self.nearest("quantize", x)]
        bottom = self.encoder("enc_b", x)
        top = self.conv("quantize_conv_t", self.encoder("enc_t", bottom), padding=0)
        top = self.nearest("quantize_t", top)
        told = self.decoder("dec_t", self.vectors("quantize_t", top))
        bottom = self.conv("quantize_conv_b", torch.cat([told, bottom], 1), padding=0)
        return [top, self.nearest("quantize_b", bottom)]

    def decode(self, *codes):
        all = [self.vectors(path, c) for path, c in zip(self.levels(), codes)]
        if len(all) == 2:
            all[0] = self.grow("upsample_t", all[0])
        return ((self.decoder("dec", torch.cat(all, 1)) + 1) / 2).clamp(0, 1)

    def table(self, path):
        """A codebook as priors see it, [entries, d]."""
        embed = self.get_submodule(path).embed
        return embed / embed.square().mean().sqrt().clamp(min=1e-6)

    def told(self, codes, level):
        """What a level's prior is told of the codes above."""
        return self.decoder("dec_t", self.vectors("quantize_t", codes[0])) if level else None

    def logits(self, codes, level, y=None):
        """What the prior says of each place of a level, [n, entries, h, w]."""
        path, net = self.levels()[level], self.priors[level]
        x = self.table(path)[codes[level]].permute(0, 3, 1, 2)
        return net.numbers(net.features(x, y, self.told(codes, level)), x)

    @torch.no_grad()
    def nats(self, codes, y=None):
        one = lambda i: F.cross_entropy(self.logits(codes, i, y), codes[i], reduction="none").sum((1, 2))
        return [one(i) for i in range(len(codes))]

    @torch.no_grad()
    def sample(self, n, y=None):
        """Grids of codes, place by place: slowly, a whole pass for each."""
        codes = []
        for level, path in enumerate(self.levels()):
            h, w = [side // ([8, 4] if len(self.levels()) == 2 else [4])[level] for side in self.sides]
            codes.append(torch.zeros(n, h, w, dtype=torch.long))
            for i in range(h):
                for j in range(w):
                    p = self.logits(codes, level, y)[:, :, i, j].softmax(1)
                    codes[level][:, i, j] = torch.multinomial(p, 1)[:, 0]
        return codes


def load(path=None):
    """The model with its weights, ready to evaluate."""
    path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), "FILE")
    tensors, about = read(path)
    card = json.loads(about["zscope"])
    return Model(tensors, card["shape"]).eval()
