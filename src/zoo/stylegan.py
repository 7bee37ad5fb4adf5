# Written by zscope: the generator of FILE in PyTorch.
#   from THIS_PROGRAM import load
#   model = load()
#   x = model(z)                 # latents [n, z] from N(0, 1) -> pictures [n, c, h, w], 0 to 1
# model(z, truncation=0.7) brings w nearer to its mean; noise=1.0 gives each place its chance, as in training.
# model.map(z) is w [n, style]; model.draw([w, w, ...]) draws of a w for each style, of which there are model.styles.
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
        for name, value in (under("generator_ema.") or under("generator.")).items():
            *path, leaf = name.split(".")
            at = self
            for part in path:
                if part not in at._modules:
                    at.add_module(part, nn.Module())
                at = at._modules[part]
            at.register_parameter(leaf, nn.Parameter(value))
        self.layers = len(list(self.mapping.children()))
        self.styles = 2 * len(list(self.rgb.children()))
        self.register_buffer("mean", tensors["mean_w"])

    def dense(self, path, x, gain=1.0, rate=1.0):
        """A layer with equalised learning rate, which is multiplied by rate."""
        at = self.get_submodule(path)
        return F.linear(x, at.weight * (rate * gain / at.weight.shape[1] ** 0.5), at.bias * rate)

    def modulated(self, path, x, w, noise=0.0):
        at = self.get_submodule(path)
        n, c, height, width = x.shape
        weight = at.weight / at.weight[0].numel() ** 0.5
        style = self.dense(path + ".affine", w) + 1
        weight = weight[None] * style[:, None, :, None, None]
        plain = "strength" not in at._parameters
        if not plain:
            weight = weight / (weight.square().sum([2, 3, 4], keepdim=True) + 1e-8).sqrt()
        k = weight.shape[-1]
        y = F.conv2d(x.reshape(1, n * c, height, width), weight.flatten(0, 1), padding=k // 2, groups=n)
        y = y.reshape(n, -1, height, width) + (0 if plain else noise * at.strength * torch.randn_like(x[:, :1]))
        y = y + at.bias[:, None, None]
        return y if plain else F.leaky_relu(y, 0.2) * 2**0.5

    @torch.no_grad()
    def map(self, z):
        x = z / (z.square().mean(1, keepdim=True) + 1e-8).sqrt()
        for i in range(self.layers):
            x = F.leaky_relu(self.dense(f"mapping.{i}", x, 2**0.5, 0.01), 0.2)
        return x

    @torch.no_grad()
    def draw(self, ws, noise=0.0):
        double = lambda x: F.interpolate(x, scale_factor=2, mode="nearest")
        x = self.modulated("conv", self.constant.repeat(len(ws[0]), 1, 1, 1), ws[0], noise)
        picture = self.modulated("rgb.0", x, ws[1])
        for i in range(self.styles // 2 - 1):
            at = 2 * i + 1
            x = self.modulated(f"blocks.{i}.conv1", double(x), ws[at], noise)
            x = self.modulated(f"blocks.{i}.conv2", x, ws[at + 1], noise)
            picture = double(picture) + self.modulated(f"rgb.{i + 1}", x, ws[at + 2])
        return ((picture + 1) / 2).clamp(0, 1)

    def forward(self, z, truncation=1.0, noise=0.0):
        w = self.mean + (self.map(z) - self.mean) * truncation
        return self.draw([w] * self.styles, noise)


def load(path=None):
    """The model with its weights, ready to evaluate."""
    path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), "FILE")
    tensors, about = read(path)
    card = json.loads(about["zscope"])
    return Model(tensors, {**DEFAULTS, **card["settings"]}, card["shape"]).eval()
