# Written by zscope: the generator of FILE in PyTorch.
#   from THIS_PROGRAM import load
#   model = load()
#   x = model(z)                 # latents [n, z] from N(0, 1) -> pictures [n, c, h, w], 0 to 1
# It draws as it was when it was saved; model(z, stage, fade) draws after so many doublings, with the newest layers' part from 0 to 1.
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
        self.last = len(list(self.rgb.children())) - 1
        self.smallest = [shape["height"] >> self.last, shape["width"] >> self.last]
        stage, self.fade = tensors["grown"].tolist()
        self.stage = int(stage)

    def layer(self, path, x, gain=2**0.5):
        """A layer with equalised learning rate: its weight is multiplied by gain / sqrt(fan in)."""
        at = self.get_submodule(path)
        weight = at.weight * (gain / at.weight[0].numel() ** 0.5)
        if x.dim() == 2:
            return F.linear(x, weight, at.bias)
        return F.conv2d(x, weight, at.bias, padding=weight.shape[-1] // 2)

    def normed(self, x):
        """LeakyReLU and pixel norm."""
        return self.norm(F.leaky_relu(x, 0.2))

    def norm(self, x):
        return x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt()

    @torch.no_grad()
    def forward(self, z, stage=None, fade=None):
        stage = self.stage if stage is None else stage
        fade = self.fade if fade is None else fade
        double = lambda x: F.interpolate(x, scale_factor=2, mode="nearest")
        x = F.leaky_relu(self.layer("first", self.norm(z), 2**0.5 / 4), 0.2)
        x = self.norm(x.reshape(len(z), -1, *self.smallest))
        x = self.normed(self.layer("conv", x))
        for i in range(stage):
            before = x
            x = self.normed(self.layer(f"blocks.{i}.conv1", double(x)))
            x = self.normed(self.layer(f"blocks.{i}.conv2", x))
        picture = self.layer(f"rgb.{stage}", x, 1.0)
        if stage > 0 and fade < 1:
            old = double(self.layer(f"rgb.{stage - 1}", before, 1.0))
            picture = old * (1 - fade) + picture * fade
        for _ in range(self.last - stage):
            picture = double(picture)
        return ((picture + 1) / 2).clamp(0, 1)


def load(path=None):
    """The model with its weights, ready to evaluate."""
    path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), "FILE")
    tensors, about = read(path)
    card = json.loads(about["zscope"])
    return Model(tensors, {**DEFAULTS, **card["settings"]}, card["shape"]).eval()
