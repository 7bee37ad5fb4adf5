# Written by zscope: the style-based generator of FILE in PyTorch.
#   from THIS_PROGRAM import load
#   model = load()
#   x = model(z)                          # z [n, z], N(0, 1) -> pictures [n, c, h, w], about -1 to 1
#   x = model(z, y, psi=0.7, cutoff=8)    # y: weights over classes [n, classes], where it has classes; truncation of the first 8 w
#   w = model.map(z, y)                   # [n, w];  x = model.draw(model.everywhere(w), noise="none")
# noise: "const" (the file's own), "none", or "random". StyleGAN3 has none; model.draw(ws, transform=t) turns and moves its
# pictures by t [3, 3], the inverse of what they shall do.
import json
import math
import os
import struct

import torch
from torch import nn
from torch.nn import functional as F


def resample(x, f, up=1, down=1, pads=(0, 0, 0, 0), gain=1.0):
    """Zeros between pixels, zeros around (left, right, top, bottom), the filter [k] or [k, k], each n-th pixel."""
    n, c, h, w = x.shape
    if up > 1:
        x = F.pad(x.reshape(n, c, h, 1, w, 1), [0, up - 1, 0, 0, 0, up - 1]).reshape(n, c, h * up, w * up)
    x = F.pad(x, pads)
    if f is not None:
        f = f * gain ** (f.ndim / 2)
        f = f.flip(list(range(f.ndim)))[None, None].repeat(c, 1, *[1] * f.ndim)
        if f.ndim == 4:
            x = F.conv2d(x, f, groups=c)
        else:
            x = F.conv2d(F.conv2d(x, f.unsqueeze(2), groups=c), f.unsqueeze(3), groups=c)
    return x[:, :, ::down, ::down]


def lrelu(x):
    return F.leaky_relu(x, 0.2)


def normal(x):
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()


def limited(x, layer):
    limit = layer.get("clamp")
    return x if limit is None else x.clamp(-limit, limit)


class Model(nn.Module):
    def __init__(self, tensors, style):
        super().__init__()
        self.style = style
        for name, value in tensors.items():
            *path, leaf = name.split(".")
            at = self
            for part in path:
                if part not in at._modules:
                    at.add_module(part, nn.Module())
                at = at._modules[part]
            at.register_parameter(leaf, nn.Parameter(value))

    def dense(self, layer, x):
        at = self.get_submodule(layer["weights"])
        bias = at.bias * layer["bias_gain"] if hasattr(at, "bias") else None
        return F.linear(x, at.weight * layer["gain"], bias)

    def map(self, z, y=None):
        """z [n, z], and weights over classes [n, classes] -> w [n, w]."""
        about = self.style["mapping"]
        x = normal(z)
        if "embed" in about:
            x = torch.cat([x, normal(self.dense(about["embed"], y))], 1)
        for layer in about["layers"]:
            x = lrelu(self.dense(layer, x)) * math.sqrt(2)
        return x

    def everywhere(self, w):
        """[n, w] -> [n, places, w]."""
        return w[:, None].repeat(1, self.style["mapping"]["ws"], 1)

    def truncated(self, ws, psi, cutoff=None):
        mean = self.get_submodule(self.style["mapping"]["average"]).w_avg
        cut = ws.shape[1] if cutoff is None else cutoff
        return torch.cat([mean + psi * (ws[:, :cut] - mean), ws[:, cut:]], 1)

    def modulated(self, layer, x, w, demodulate, gain=1.0, padding=0, up=False):
        """A convolution whose kernels' inputs are scaled by a style: the inputs are, and outputs are divided afterwards."""
        at = self.get_submodule(layer["weights"])
        kernel, style = at.weight, self.dense(layer["affine"], w)
        back = None
        if demodulate:
            kernel = kernel * kernel.square().mean([1, 2, 3], keepdim=True).rsqrt()
            style = style * (style.square().mean(1, keepdim=True) + 1e-12).rsqrt()
            back = (style.square() @ kernel.square().sum([2, 3]).t() + 1e-8).rsqrt()[:, :, None, None]
        x = x * (style * gain)[:, :, None, None]
        if up:
            x = F.conv_transpose2d(x, kernel.transpose(0, 1), stride=2)
        else:
            x = F.conv2d(x, kernel, padding=padding)
        return x if back is None else x * back

    def bias(self, layer):
        return self.get_submodule(layer["weights"]).bias[None, :, None, None]

    def styled(self, layer, x, w, noise):
        at = self.get_submodule(layer["weights"])
        up = layer["up"]
        x = self.modulated(layer, x, w, True, padding=1, up=up)
        if up:
            x = resample(x, at.resample_filter, pads=(1, 1, 1, 1), gain=4.0)
        if layer["noise"] and noise != "none":
            maps = at.noise_const if noise == "const" else torch.randn(len(x), 1, *x.shape[2:])
            x = x + maps * at.noise_strength
        return limited(lrelu(x + self.bias(layer)) * layer["gain"], layer)

    def colours(self, layer, x, w):
        return limited(self.modulated(layer, x, w, False, gain=layer["gain"]) + self.bias(layer), layer)

    def second(self, about, ws, noise):
        double = lambda x, f: resample(x, f, up=2, pads=(2, 1, 2, 1), gain=4.0)
        x = self.get_submodule(about["constant"]).const[None].repeat(len(ws), 1, 1, 1)
        picture, at = None, 0
        for block in about["blocks"]:
            before = x
            for layer in block["layers"]:
                x = self.styled(layer, x, ws[:, at], noise)
                at += 1
            if "shortcut" in block:
                beside = self.get_submodule(block["shortcut"]["weights"])
                beside, f = F.conv2d(before, beside.weight * block["shortcut"]["gain"]), beside.resample_filter
                x = x + double(beside, f)
            if "to_rgb" in block:
                now = self.colours(block["to_rgb"], x, ws[:, at])
                f = getattr(self.get_submodule(block["weights"]), "resample_filter", None)
                picture = now if picture is None else double(picture, f) + now
        return picture

    def waves(self, about, w, transform):
        at = self.get_submodule(about["weights"])
        t = self.dense(about["affine"], w)
        c, s, x, y = (t / t[:, :2].norm(dim=1, keepdim=True)).unbind(1)
        none, one = torch.zeros_like(c), torch.ones_like(c)
        matrix = lambda *v: torch.stack(v, 1).reshape(-1, 3, 3)
        m = matrix(c, -s, none, s, c, none, none, none, one) @ matrix(one, none, -x, none, one, -y, none, none, one)
        m = m @ (at.transform if transform is None else transform)
        phases = at.phases + (at.freqs @ m[:, :2, 2:])[:, :, 0]
        freqs = at.freqs @ m[:, :2, :2]
        fade = 1 - (freqs.norm(dim=2) - about["bandwidth"]) / (about["rate"] / 2 - about["bandwidth"])
        side = about["side"]
        place = (torch.arange(side) + 0.5 - side / 2) / about["rate"]
        turn = freqs[:, :, None, :1] * place[None, None, None] + freqs[:, :, None, 1:] * place[None, None, :, None]
        x = torch.sin(2 * math.pi * (turn + phases[:, :, None, None])) * fade.clamp(0, 1)[:, :, None, None]
        return F.conv2d(x, at.weight[:, :, None, None] / math.sqrt(len(at.phases)))

    def filtered(self, layer, x, w):
        at = self.get_submodule(layer["weights"])
        gain = at.magnitude_ema.reshape(()).rsqrt()
        last = "to_rgb" in layer
        gain = gain * layer["to_rgb"] if last else gain
        x = self.modulated(layer, x, w, not last, gain, at.weight.shape[-1] - 1) + self.bias(layer)
        up, f = layer["up"], getattr(at, "up_filter", None)
        x = resample(x, f, up=up, pads=layer["padding"], gain=float(up * up))
        x = limited(x if last else lrelu(x) * math.sqrt(2), layer)
        return resample(x, getattr(at, "down_filter", None), down=layer["down"])

    @torch.no_grad()
    def draw(self, ws, noise="const", transform=None):
        """w for each place [n, places, w] -> pictures [n, c, h, w], about -1 to 1."""
        about = self.style["synthesis"]
        if about["program"] == "stylegan2":
            return self.second(about, ws, noise)
        x = self.waves(about["input"], ws[:, 0], transform)
        for i, layer in enumerate(about["layers"]):
            x = self.filtered(layer, x, ws[:, i + 1])
        return x * about["scale"]

    @torch.no_grad()
    def forward(self, z, y=None, psi=1.0, cutoff=None, noise="const"):
        ws = self.everywhere(self.map(z, y))
        return self.draw(ws if psi == 1 else self.truncated(ws, psi, cutoff), noise)


def load(path=None):
    """The model with its weights, ready to evaluate."""
    path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), "FILE")
    tensors, about = read(path)
    return Model(tensors, json.loads(about["zscope"])["network"]["style"]).eval()
