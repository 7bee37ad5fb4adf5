

class Gated(nn.Module):
    """The network of a PixelCNN."""

    def __init__(self, tensors, blind=False):
        super().__init__()
        for name, value in tensors.items():
            *path, leaf = name.split(".")
            at = self
            for part in path:
                if part not in at._modules:
                    at.add_module(part, nn.Module())
                at = at._modules[part]
            at.register_parameter(leaf, nn.Parameter(value))
        self.blind = blind

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

    def features(self, x, y=None, map=None):
        """What goes in [n, c, h, w] -> what is said of each place, [n, f, h, w]. map: what it is told of each place, [n, m, h, w]."""
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
            if "map_cond" in layer._modules:
                told = self.conv(name + ".map_cond", map)
                v, own = v + told, own + told
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
