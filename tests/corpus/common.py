"""What all recipes share: data, short trainings, golden arrays, and writers of checkpoints."""

import gzip, inspect, io, json, os, pickle, struct, sys, time
from pathlib import Path

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

torch.set_num_threads(1)
DATA = Path(os.environ.get("ZSCOPE_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
FAMILIES = {}


def family(kind, trap="", settings=None, untellable="", file="model.pth", source="", expect=""):
    """Registers a recipe. `settings`: all that is true of it in zscope's words (check.py sets those that differ)."""
    def wrap(f):
        FAMILIES[f.__name__] = (f, dict(kind=kind, trap=trap, settings=settings or {}, untellable=untellable,
                                        ending=file.split(".", 1)[1], source=source, expect=expect))
        return f
    return wrap


# ---------------------------------------------------------------- data

def say(*words):
    print(*words, file=sys.stderr, flush=True)


_cache = {}


def _idx(name):
    raw = gzip.open(DATA / "mnist" / name).read()
    dims = raw[3]
    shape = struct.unpack(f">{dims}I", raw[4:4 + 4 * dims])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)


def drawn(n, size, channels, seed=5):
    """Simple drawn shapes, where there is no data."""
    g = np.random.default_rng(seed)
    yy, xx = np.mgrid[0:size, 0:size] / (size - 1)
    out = np.zeros((n, channels, size, size), np.float32)
    labels = g.integers(0, 10, n)
    for i in range(n):
        cx, cy, r = g.uniform(.3, .7), g.uniform(.3, .7), g.uniform(.1, .28)
        a = labels[i] * np.pi / 10
        u, v = (xx - cx) * np.cos(a) + (yy - cy) * np.sin(a), -(xx - cx) * np.sin(a) + (yy - cy) * np.cos(a)
        kind = labels[i] % 3
        m = [(u / r) ** 2 + (v / r * 2) ** 2 < 1, (abs(u) < r) & (abs(v) < r / 2), abs(u) + abs(v) < r][kind]
        fore, back = (g.uniform(.5, 1, channels), g.uniform(0, .4, channels)) if channels > 1 else ([1.], [0.])
        for c in range(channels):
            out[i, c] = np.where(m, fore[c], back[c])
    return torch.tensor(out), torch.tensor(labels)


def digits(size=28, signed=False):
    """MNIST: [n,1,size,size] and labels."""
    key = ("digits", size)
    if key not in _cache:
        if (DATA / "mnist" / "train-images-idx3-ubyte.gz").exists():
            x = torch.tensor(_idx("train-images-idx3-ubyte.gz")[:12000].copy()).float().div(255)[:, None]
            y = torch.tensor(_idx("train-labels-idx1-ubyte.gz")[:12000].astype(np.int64))
            if size == 32:
                x = F.pad(x, (2, 2, 2, 2))
            elif size != 28:
                x, y = F.interpolate(x[:4000], (size, size), mode="bilinear"), y[:4000]
        else:
            say(f"no MNIST under {DATA}/mnist (set ZSCOPE_DATA): drawn shapes instead")
            x, y = drawn(4000, size, 1)
        _cache[key] = x, y
    x, y = _cache[key]
    return (x * 2 - 1 if signed else x), y


def faces(size=64, signed=False):
    """CelebA at a size: [n,3,size,size]."""
    key = ("faces", size)
    if key not in _cache:
        folder = DATA / "celeba10k_half" / "images"
        try:
            from PIL import Image
            names = sorted(folder.glob("*.jpg"))[:1500]
            if not names:
                raise ImportError("no pictures")
            pics = [np.asarray(Image.open(p).convert("RGB").crop((0, 10, 89, 99)).resize((size, size), 2)) for p in names]
            x = torch.tensor(np.stack(pics)).permute(0, 3, 1, 2).float().div(255).contiguous()
        except ImportError as e:
            say(f"no CelebA from {folder} ({e}; pip install pillow reads it): drawn colour shapes instead")
            x, _ = drawn(1500, size, 3)
        _cache[key] = x
    x = _cache[key]
    return x * 2 - 1 if signed else x


def sprites(size=64):
    """White shapes on black, as dSprites has."""
    if ("sprites", size) not in _cache:
        _cache["sprites", size] = drawn(3000, size, 1)[0]
    return _cache["sprites", size]


# ---------------------------------------------------------------- training

def dcgan_init(m):
    name = type(m).__name__
    if "Conv" in name and getattr(m, "weight", None) is not None:
        nn.init.normal_(m.weight, 0, .02)
    elif "BatchNorm" in name and m.affine:
        nn.init.normal_(m.weight, 1, .02)
        nn.init.zeros_(m.bias)


def normal(n, d):
    return torch.randn(n, d)


def uniform(n, d):
    return torch.rand(n, d) * 2 - 1


def params(*nets):
    return [p for n in nets for p in n.parameters() if p.requires_grad]


def adam(nets, lr, loss, steps, betas=(.9, .999)):
    opt = torch.optim.Adam(params(*nets), lr, betas)
    for n in nets:
        n.train()
    value = 0.
    for _ in range(steps):
        opt.zero_grad()
        out = loss()
        out.backward()
        nn.utils.clip_grad_norm_(params(*nets), 50.)
        opt.step()
        value = .95 * value + .05 * out.item()
    for n in nets:
        n.eval()
    return opt, value


def batch(x, n=64, also=None):
    i = torch.randint(0, len(x), (n,))
    return x[i] if also is None else (x[i], also[i])


def glo(net, draw, pics, dim, labels=None, prior=normal, steps=350, size=32, lr=2e-3, of=256, classes=10, calls=200):
    """A generator that draws `of` pictures, each at its own fixed z; then batch norms see z of the prior, as in a GAN."""
    pics = pics[:of]
    zs = prior(len(pics), dim)
    ys = labels[:of] if labels is not None else None
    def loss():
        i = torch.randint(0, len(pics), (size,))
        out = draw(zs[i]) if ys is None else draw(zs[i], ys[i])
        return F.mse_loss(out.reshape(size, -1), pics[i].reshape(size, -1)) * 10
    opt, _ = adam([net], lr, loss, steps, (.5, .999))
    net.train()
    with torch.no_grad():
        for _ in range(calls):
            z = prior(64, dim)
            draw(z) if ys is None else draw(z, torch.randint(0, classes, (64,)))
    net.eval()
    return opt


def vae(net, encode, decode, pics, steps=700, size=64, lr=1e-3, beta=1., how="bce"):
    """A real VAE training; `how`: bce | mse | logits."""
    def loss():
        x = batch(pics, size)
        mu, lv = encode(x)
        y = decode(mu + torch.randn_like(mu) * (lv / 2).exp()).reshape(size, -1)
        t = x.reshape(size, -1)
        rec = {"bce": lambda: F.binary_cross_entropy(y.clamp(1e-6, 1 - 1e-6), t, reduction="sum"),
               "mse": lambda: F.mse_loss(y, t, reduction="sum") * 2,
               "logits": lambda: F.binary_cross_entropy_with_logits(y, t, reduction="sum")}[how]()
        kl = -.5 * (1 + lv - mu ** 2 - lv.clamp(max=20).exp()).sum()
        return (rec + beta * kl) / size
    return adam([net], lr, loss, steps)[0]


def autoencode(net, call, pics, steps=600, size=64, lr=1e-3):
    def loss():
        x = batch(pics, size)
        return F.mse_loss(call(x).reshape(size, -1), x.reshape(size, -1)) * 10
    return adam([net], lr, loss, steps)[0]


def classify(net, call, pics, labels, steps=400, size=64, lr=1e-3):
    def loss():
        x, y = batch(pics, size, labels)
        return F.cross_entropy(call(x), y)
    return adam([net], lr, loss, steps)[0]


def discriminate(net, logit, pics, steps=300, size=32, lr=5e-4, draw=None):
    """A critic of pictures against blurred mixtures of them (or what `draw` gives)."""
    def loss():
        real, a, b = batch(pics, size), batch(pics, size), batch(pics, size)
        fake = draw(size) if draw else F.avg_pool2d((a + b) / 2, 3, 1, 1) + .1 * torch.randn_like(a)
        r, f = logit(real).flatten(), logit(fake).flatten()
        return F.softplus(-r).mean() + F.softplus(f).mean()
    return adam([net], lr, loss, steps, (.5, .999))[0]


@torch.no_grad()
def calibrate(net, call, calls=60):
    """Leaves weights as they were initialised; norms (and spectral norms) see what `call()` shows them."""
    net.train()
    for _ in range(calls):
        call()
    net.eval()


# ---------------------------------------------------------------- writing

def state(net):
    return {k: v.clone() for k, v in net.state_dict().items()}


def prefixed(prefix, d):
    return {prefix + k: v for k, v in d.items()}


def safetensors(tensors, path):
    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}
    head, body, at = {}, [], 0
    for name, t in tensors.items():
        t = torch.as_tensor(t).contiguous()
        raw = (t.view(torch.int16) if t.dtype == torch.bfloat16 else t).numpy().tobytes()
        head[name] = {"dtype": names[t.dtype], "shape": list(t.shape), "data_offsets": [at, at + len(raw)]}
        at += len(raw)
        body.append(raw)
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(body))


class Kit:
    """What a recipe is given: `save` its checkpoint, then `golden` arrays."""

    def __init__(self, out, name, about):
        self.out, self.name, self.about, self.arrays = Path(out), name, dict(about), {}
        self.file = self.out / f"{name}.{about['ending']}"
        self.begun = time.time()

    def save(self, obj, **how):
        if self.file.suffix == ".safetensors":
            safetensors(obj, self.file)
        elif self.file.suffix == ".npz":
            np.savez(self.file, **{k: np.asarray(v) for k, v in obj.items()})
        elif how.pop("pickled", False):
            self.file.write_bytes(pickle.dumps(obj, protocol=4))
        else:
            torch.save(obj, self.file, **how)

    def golden(self, **arrays):
        """z, y: latents and pictures; x: pictures with mu, logvar, critic; y_class3: y for class 3; *_alt: right too."""
        with torch.no_grad():
            self.arrays.update({k: np.asarray(v.detach().float().numpy()) for k, v in arrays.items()})

    @torch.no_grad()
    def decoder(self, decode, dim, prior=normal, n=8):
        z = prior(n, dim)
        y = decode(z)
        assert y.std() > 1e-3, f"{self.name} draws nothing"
        self.golden(z=z, y=y)

    @torch.no_grad()
    def encoder(self, encode, x):
        mu, lv = encode(x)
        self.golden(x=x, mu=mu, logvar=lv)

    def done(self):
        np.savez(self.out / f"{self.name}.golden.npz", **self.arrays)
        about = dict(self.about, file=self.file.name, bytes=self.file.stat().st_size,
                     seconds=round(time.time() - self.begun, 1), arrays={k: list(v.shape) for k, v in self.arrays.items()})
        (self.out / f"{self.name}.json").write_text(json.dumps(about, indent=1))
        return about
