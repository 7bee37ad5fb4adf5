"""One ordinary network (a small DCGAN or MLP VAE), in every wrapping that files come in."""

import argparse
from collections import OrderedDict

from common import *
from models_gan import DCGAN, DCGAND, T, B, C, L

G = {"output": "tanh", "activation": "ReLU"}


class Small(nn.Module):
    """DCGAN for 32 pixels."""

    def __init__(self, nz=64, w=8, nc=3):
        super().__init__()
        self.main = nn.Sequential(T(nz, w * 4, 4, 1, 0, bias=False), B(w * 4), nn.ReLU(True), T(w * 4, w * 2, 4, 2, 1, bias=False), B(w * 2), nn.ReLU(True),
                                  T(w * 2, w, 4, 2, 1, bias=False), B(w), nn.ReLU(True), T(w, nc, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, z):
        return self.main(z.view(len(z), -1, 1, 1))


class SmallD(nn.Module):
    def __init__(self, w=8):
        super().__init__()
        a = lambda: nn.LeakyReLU(.2, inplace=True)
        self.main = nn.Sequential(C(3, w, 4, 2, 1, bias=False), a(), C(w, w * 2, 4, 2, 1, bias=False), B(w * 2), a(),
                                  C(w * 2, w * 4, 4, 2, 1, bias=False), B(w * 4), a(), C(w * 4, 1, 4, 1, 0, bias=False), nn.Sigmoid())


def made(k, steps=220):
    net = Small()
    net.apply(dcgan_init)
    opt = glo(net, net, faces(32, True), 64, steps=steps)
    k.decoder(net, 64)
    return net, opt


@family("wrapped", "DataParallel: module. before all names", settings=G)
def wrap_ddp(k):
    k.save(prefixed("module.", state(made(k)[0])))


@family("wrapped", "torch.compile: _orig_mod. before all names, under DDP's module.", settings=G)
def wrap_compile(k):
    k.save({"model": prefixed("module._orig_mod.", state(made(k)[0])), "iter": 3000})


@family("wrapped", "lucidrains' ema-pytorch: online_model. and ema_model. of the same net, initted, step; the EMA is what draws", settings=G, file="m.pt")
def wrap_ema_pytorch(k):
    net, _ = made(k)
    ema = state(net)
    online = {n: v + .02 * torch.randn_like(v) if v.is_floating_point() and v.dim() > 1 else v for n, v in ema.items()}
    k.save({"step": 9000, "ema": {**prefixed("online_model.", online), **prefixed("ema_model.", ema), "initted": torch.tensor(True), "step": torch.tensor(9000)},
            "version": "1.0"})


@family("wrapped", "g, d, g_ema, optimisers and args (an argparse.Namespace)", settings=G, source="rosinality's checkpoints", file="m.pt")
def wrap_g_ema_args(k):
    net, opt = made(k)
    ema = state(net)
    raw = {n: v + .02 * torch.randn_like(v) if v.is_floating_point() and v.dim() > 1 else v for n, v in ema.items()}
    k.save({"g": raw, "d": state(SmallD()), "g_ema": ema, "g_optim": opt.state_dict(), "args": argparse.Namespace(size=32, latent=64, lr=.002, path="/data"), "ada_aug_p": 0.0})


@family("wrapped", "whole training: both nets, both optimisers, losses, fixed noise", settings=G, source="DCGAN tutorials")
def wrap_training_dict(k):
    net, opt = made(k)
    d = SmallD()
    k.save({"epoch": 25, "netG_state_dict": state(net), "netD_state_dict": state(d), "optimizerG_state_dict": opt.state_dict(),
            "optimizerD_state_dict": torch.optim.Adam(d.parameters()).state_dict(), "G_losses": [1.2, .9], "D_losses": [.4, .5], "fixed_noise": torch.randn(64, 64, 1, 1)})


@family("wrapped", "float16", settings=G)
def wrap_half(k):
    net = Small()
    net.apply(dcgan_init)
    glo(net, net, faces(32, True), 64, steps=220)
    s = {n: v.half() if v.is_floating_point() else v for n, v in state(net).items()}
    net.load_state_dict(s)
    k.decoder(net, 64)
    k.save(s)


@family("wrapped", "bfloat16 in safetensors, keys sorted by name (main.0, main.1, main.10, main.3 ...)", settings=G, file="m.safetensors")
def wrap_bf16(k):
    net = Small()
    net.apply(dcgan_init)
    glo(net, net, faces(32, True), 64, steps=220)
    s = {n: v.bfloat16() if v.is_floating_point() else v for n, v in state(net).items()}
    net.load_state_dict(s)
    k.decoder(net, 64)
    k.save(dict(sorted(s.items())))


@family("wrapped", "old pickle, not zip", settings=G)
def wrap_legacy(k):
    k.save(state(made(k)[0]), _use_new_zipfile_serialization=False)


@family("wrapped", "the whole module pickled: torch.save(net)", settings=G, expect="refused by its class's name, or read all the same")
def wrap_module(k):
    k.save(made(k)[0])


@family("wrapped", "NumPy arrays in a plain pickle", settings=G, file="m.pkl")
def wrap_numpy_pickle(k):
    k.save({n: v.numpy() for n, v in state(made(k)[0]).items()}, pickled=True)


@family("wrapped", "OrderedDict of Parameters (requires grad), with _metadata", settings=G)
def wrap_parameters(k):
    net, _ = made(k)
    s = OrderedDict((n, p) for n, p in net.named_parameters())
    s.update((n, b) for n, b in net.named_buffers())
    k.save(s)


@family("wrapped", "spectral norm as a parametrization: parametrizations.weight.original, 0._u, 0._v", settings=G)
def wrap_spectral_new(k):
    parametrised(k, torch.nn.utils.parametrizations.spectral_norm)


@family("wrapped", "spectral norm of old: weight_orig, weight_u, weight_v", settings=G)
def wrap_spectral_old(k):
    parametrised(k, torch.nn.utils.spectral_norm)


@family("wrapped", "weight norm as a parametrization: original0 and original1", settings=G)
def wrap_weightnorm_new(k):
    parametrised(k, torch.nn.utils.parametrizations.weight_norm)


@family("wrapped", "weight norm of old: weight_g, weight_v", settings=G)
def wrap_weightnorm_old(k):
    parametrised(k, torch.nn.utils.weight_norm)


def parametrised(k, how):
    net = Small()
    net.apply(dcgan_init)
    for i, m in enumerate(net.main):
        if isinstance(m, T):
            how(m)
    glo(net, net, faces(32, True), 64, steps=250)
    k.decoder(net, 64)
    k.save(state(net))


@family("wrapped", "two nets of a VAE and the optimiser's tensors (state 0.exp_avg ...) in one flat safetensors", file="m.safetensors",
        settings={"output": "sigmoid", "activation": "ReLU", "encoder_activation": "ReLU"}, source="accelerate-like saves")
def wrap_flat_with_optimiser(k):
    net = nn.Module()
    net.enc, net.mu, net.logvar, net.dec = nn.Sequential(L(784, 96), nn.ReLU()), L(96, 8), L(96, 8), nn.Sequential(L(8, 96), nn.ReLU(), L(96, 784), nn.Sigmoid())
    encode = lambda x: (net.mu(net.enc(x.flatten(1))), net.logvar(net.enc(x.flatten(1))))
    decode = lambda z: net.dec(z).view(-1, 1, 28, 28)
    opt = vae(net, encode, decode, digits()[0], steps=1000)
    k.decoder(decode, 8)
    k.encoder(encode, digits()[0][:4])
    flat = prefixed("model.", state(net))
    for i, s in enumerate(opt.state.values()):
        flat[f"optimizer.state.{i}.exp_avg"], flat[f"optimizer.state.{i}.exp_avg_sq"] = s["exp_avg"], s["exp_avg_sq"]
    k.save(flat)
