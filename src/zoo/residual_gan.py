# Written by zscope: the generator of FILE in PyTorch.
#   from THIS_PROGRAM import load
#   model = load()
#   x = model(z)                 # latents [n, z] from N(0, 1) -> pictures [n, c, h, w], 0 to 1
# A class-conditional generator takes weights over the classes too: model(z, y), with y [n, classes], one-hot or between classes.
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
        self.count = len(list(self.blocks.children()))
        self.beside = settings["g_class"] == 2
        self.norms = settings["g_class"] == 1
        self.side = shape["width"] >> int(settings["attention"])
        h, w = shape["height"] >> self.count, shape["width"] >> self.count
        self.smallest = [h, w]
        self.classes = shape["classes"] if self.beside else 0
        self.skip_z = settings["skip_z"] == 1

    def weight(self, path):
        """A layer's weight, divided by its largest singular value where a vector for that was kept."""
        at = self.get_submodule(path)
        bias = at._parameters.get("bias")
        if "u" not in at._parameters:
            return at.weight, bias
        matrix = at.weight.flatten(1)
        v = F.normalize(matrix.t() @ at.u, dim=0)
        return at.weight / (matrix @ v).norm(), bias

    def dense(self, path, x):
        return F.linear(x, *self.weight(path))

    def conv_of(self, path, x):
        weight, bias = self.weight(path)
        return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2)

    def normed(self, path, x, told=None):
        at = self.get_submodule(path)
        n = at.norm
        x = F.batch_norm(x, n.running_mean, n.running_var, n.weight, n.bias, eps=1e-5)
        if told is not None and "gain" in at._modules:
            gain, shift = F.linear(told, at.gain.weight), F.linear(told, at.shift.weight)
            x = x * (1 + gain[:, :, None, None]) + shift[:, :, None, None]
        return F.relu(x)

    def attend(self, x):
        n, _, h, w = x.shape
        pool = lambda x: F.max_pool2d(x, 2).flatten(2)
        q = self.conv_of("attention.query", x).flatten(2)
        k, v = pool(self.conv_of("attention.key", x)), pool(self.conv_of("attention.value", x))
        looks = (q.transpose(1, 2) @ k).softmax(2)
        seen = (v @ looks.transpose(1, 2)).reshape(n, -1, h, w)
        return x + self.attention.scale * self.conv_of("attention.out", seen)

    @torch.no_grad()
    def forward(self, z, y=None):
        double = lambda x: F.interpolate(x, scale_factor=2, mode="nearest")
        told = None
        if self.norms and y is not None:
            told = self.dense("embed", y) if "embed" in self._modules else y
        chunks = [z]
        if self.skip_z:
            first = self.project.weight.shape[1] - self.classes
            each = (z.shape[1] - first) // self.count
            chunks = z.split([first] + [each] * self.count, 1)
        first = torch.cat([chunks[0], y], 1) if self.beside else chunks[0]
        x = self.dense("project", first).reshape(len(z), -1, *self.smallest)
        for i in range(self.count):
            if "attention" in self._modules and x.shape[3] == self.side:
                x = self.attend(x)
            own = [t for t in (told, chunks[i + 1] if self.skip_z else None) if t is not None]
            own = torch.cat(own, 1) if own else None
            name = f"blocks.{i}."
            h = self.conv_of(name + "conv1", double(self.normed(name + "norm1", x, own)))
            h = self.conv_of(name + "conv2", self.normed(name + "norm2", h, own))
            x = h + double(self.conv_of(name + "skip", x))
        return (self.conv_of("conv", self.normed("norm", x)).tanh() + 1) / 2


def load(path=None):
    """The model with its weights, ready to evaluate."""
    path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), "FILE")
    tensors, about = read(path)
    card = json.loads(about["zscope"])
    return Model(tensors, {**DEFAULTS, **card["settings"]}, card["shape"]).eval()
