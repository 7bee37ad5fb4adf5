# Written by zscope: the network and codebooks of FILE in PyTorch.
#   from THIS_PROGRAM import load
#   model = load()
#   codes = model.encode(x)      # pictures [n, c, h, w], 0 to 1 -> a grid of codes for each level, top before bottom
#   x = model.decode(*codes)     # and back
import json
import os
import struct

import torch
from torch import nn
from torch.nn import functional as F


class Model(nn.Module):
    def __init__(self, tensors):
        super().__init__()
        for name, value in tensors.items():
            *path, leaf = name.split(".")
            at = self
            for part in path:
                if part not in at._modules:
                    at.add_module(part, nn.Module())
                at = at._modules[part]
            at.register_parameter(leaf, nn.Parameter(value))

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


def load(path=None):
    """The model with its weights, ready to evaluate."""
    path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), "FILE")
    return Model(read(path)[0]).eval()
