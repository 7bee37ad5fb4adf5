"""A second set of classifiers, made without looking at how zscope infers: All-CNN, NiN, WideResNet, PreAct, ResNet9, MobileNet, PReLU, SELU, Keras, Flax, slim.

Those that call `guess` are untrained: default weights, norms that have seen a few batches."""

from common import *
from models_cls import coloured, train
from models_keras import Flat, Same, flax, keras, named

C, B, L = nn.Conv2d, nn.BatchNorm2d, nn.Linear
RELU = {"critic_activation": "ReLU"}


def guess(k, net, x, call=None):
    """An untrained classifier's goldens."""
    call = call or net
    calibrate(net, lambda: call(batch(x)))
    with torch.no_grad():
        out = call(x[:4])
    assert out.std(0).mean() > .01, f"{k.name} tells nothing apart"
    k.golden(x=x[:4], critic=out, critic_alt=out.log_softmax(1), critic_alt2=out.softmax(1))


class Called(nn.Module):
    """A module of named parts with a function as its forward."""

    def __init__(self, how, **parts):
        super().__init__()
        for n, m in parts.items():
            setattr(self, n, m)
        self.how = how

    def forward(self, x):
        return self.how(self, x)


def kaiming(m):
    if isinstance(m, C):
        nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")


# ---- plain convolutions

@family("classifier", "no linear layer, no norms: nine convolutions, the strided ones instead of pools, class_conv of kernel 1 with ReLU, then the mean", settings=RELU, source="StefOe/all-conv-pytorch",
        untellable="ReLU after class_conv")
def fc_allcnn(k):
    w = 12
    sizes = [(3, w, 3, 1, 1), (w, w, 3, 1, 1), (w, w, 3, 2, 1), (w, w * 2, 3, 1, 1), (w * 2, w * 2, 3, 1, 1), (w * 2, w * 2, 3, 2, 1), (w * 2, w * 2, 3, 1, 1), (w * 2, w * 2, 1, 1, 0)]
    def how(n, x):
        for i in range(1, 9):
            x = F.relu(getattr(n, f"conv{i}")(x))
        return F.relu(n.class_conv(x)).mean((2, 3))
    net = Called(how, **{f"conv{i}": C(a, b, s, t, p) for i, (a, b, s, t, p) in enumerate(sizes, 1)}, class_conv=C(w * 2, 10, 1))
    net.apply(kaiming)
    train(k, net, *coloured(), steps=200, size=24)
    k.save(state(net))


@family("classifier", "network in network: one Sequential of kernels 5, 1, 1 with overlapping pools (3, stride 2, padding 1), max then average; 10 maps averaged", settings=RELU,
        source="jiecaoyu/pytorch-nin-cifar10", untellable="the second pool is an average; its kernel and padding")
def fc_nin(k):
    w, r = 16, lambda: nn.ReLU(inplace=True)
    net = Called(lambda n, x: n.classifier(x).view(len(x), 10))
    net.classifier = nn.Sequential(C(3, w * 2, 5, 1, 2), r(), C(w * 2, w, 1), r(), C(w, w, 1), r(), nn.MaxPool2d(3, 2, 1), nn.Dropout(.5), C(w, w * 2, 5, 1, 2), r(), C(w * 2, w * 2, 1), r(),
                                   C(w * 2, w * 2, 1), r(), nn.AvgPool2d(3, 2, 1), nn.Dropout(.5), C(w * 2, w * 2, 3, 1, 1), r(), C(w * 2, w * 2, 1), r(), C(w * 2, 10, 1), r(), nn.AvgPool2d(8, 1, 0))
    net.apply(kaiming)
    train(k, net, *coloured(), steps=120, size=24)
    k.save({"best_acc": 86.2, "state_dict": prefixed("module.", state(net))})


@family("classifier", "torchvision's VGG without norms for 64 pixels: pools only where numbers skip, three linear layers with dropout (classifier.0, .3, .6)", settings=RELU, source="torchvision vgg11, narrow",
        untellable="that the adaptive pool does nothing at 64")
def fc_vgg11_plain64(k):
    layers, i = [], 3
    for c in [6, "M", 8, "M", 12, 12, "M", 16, 16, "M", 16, 16, "M"]:
        layers += [nn.MaxPool2d(2, 2)] if c == "M" else [C(i, c, 3, padding=1), nn.ReLU(True)]
        i = i if c == "M" else c
    net = Called(lambda n, x: n.classifier(n.avgpool(n.features(x)).flatten(1)), features=nn.Sequential(*layers), avgpool=nn.AdaptiveAvgPool2d((2, 2)),
                 classifier=nn.Sequential(L(64, 48), nn.ReLU(True), nn.Dropout(), L(48, 48), nn.ReLU(True), nn.Dropout(), L(48, 10)))
    net.apply(kaiming)
    train(k, net, *coloured(64), steps=80, size=24)
    k.save(state(net))


@family("classifier", "cnn_layers and linear_layers, a pool in each of two blocks, untrained", settings=RELU, source="Analytics Vidhya's first PyTorch CNN")
def fc_vidhya_cnn(k):
    net = nn.Module()
    net.cnn_layers = nn.Sequential(C(1, 4, 3, 1, 1), B(4), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2), C(4, 4, 3, 1, 1), B(4), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2))
    net.linear_layers = nn.Sequential(L(4 * 49, 10))
    guess(k, net, digits()[0], lambda x: net.linear_layers(net.cnn_layers(x).flatten(1)))
    k.save({"epoch": 24, "model": state(net), "valid_loss": .31})


@family("classifier", "a simple CNN with the mean of the last maps, GELU, kernels of 3 with stride 2 twice, safetensors", source="own taste", file="m.safetensors", settings={"critic_activation": "GELU"},
        untellable="GELU")
def fc_gap_gelu(k):
    part = lambda i, o, s: [C(i, o, 3, s, 1, bias=False), B(o), nn.GELU()]
    def how(n, x):
        h = n.stem(x)
        for s in n.stages:
            h = s(h)
        return n.head(h.mean((2, 3)))
    net = Called(how, stem=nn.Sequential(*part(3, 12, 1)), stages=nn.ModuleList([nn.Sequential(*part(a, b, 2), *part(b, b, 1)) for a, b in ((12, 20), (20, 28))]), head=L(28, 10))
    train(k, net, *coloured(), steps=120, size=24)
    k.save(state(net))


@family("classifier", "ELU after norms, average pools, a ModuleList of convolutions apart from a ModuleList of norms", settings={"critic_activation": "ELU", "pools": "average"}, source="own taste", untellable="ELU; average pools")
def fc_elu_modulelist(k):
    sizes = [(1, 8), (8, 16), (16, 24)]
    def how(n, x):
        for c, b in zip(n.convs, n.norms):
            x = F.avg_pool2d(F.elu(b(c(x))), 2)
        return n.out(F.elu(n.hidden(x.flatten(1))))
    net = Called(how, convs=nn.ModuleList([C(a, b, 3, padding=1) for a, b in sizes]), norms=nn.ModuleList([B(b) for _, b in sizes]), hidden=L(24 * 16, 40), out=L(40, 10))
    train(k, net, *digits(32), steps=150)
    k.save({"net": {"params": state(net)}, "seed": 3})


@family("classifier", "LeNet++ of center loss: PReLU fields after each of six convolutions of 5, a hidden layer of two numbers", settings={}, source="KaiyangZhou/pytorch-center-loss ConvNet")
def fc_centerloss_prelu(k):
    w = 8
    names = [("1_1", 1, w), ("1_2", w, w), ("2_1", w, w * 2), ("2_2", w * 2, w * 2), ("3_1", w * 2, w * 3), ("3_2", w * 3, w * 3)]
    parts = {}
    for n, a, b in names:
        parts[f"conv{n}"], parts[f"prelu{n}"] = C(a, b, 5, stride=1, padding=2), nn.PReLU()
    def how(n, x):
        for i in "123":
            for j in "12":
                x = getattr(n, f"prelu{i}_{j}")(getattr(n, f"conv{i}_{j}")(x))
            x = F.max_pool2d(x, 2)
        return n.fc2(n.prelu_fc1(n.fc1(x.flatten(1))))
    net = Called(how, **parts, fc1=L(w * 27, 2), prelu_fc1=nn.PReLU(), fc2=L(2, 10))
    train(k, net, *digits(), steps=150, size=32)
    k.save(state(net))


# ---- MLPs

@family("classifier", "Lightning's MNIST class: layer_1, layer_2, layer_3, log_softmax", settings=RELU, source="PyTorch Lightning's early MNIST example", file="m.ckpt")
def fc_lightning_mlp(k):
    net = Called(lambda n, x: n.layer_3(F.relu(n.layer_2(F.relu(n.layer_1(x.flatten(1)))))), layer_1=L(784, 64), layer_2=L(64, 96), layer_3=L(96, 10))
    opt = train(k, net, *digits(), steps=250)
    k.save({"epoch": 2, "global_step": 2580, "pytorch-lightning_version": "1.9.5", "state_dict": state(net), "optimizer_states": [opt.state_dict()], "lr_schedulers": [], "callbacks": {}})


@family("classifier", "self-normalising MLP: SELU, alpha dropout, a ModuleList", settings={"critic_activation": "SELU"}, source="SNN tutorials", untellable="SELU")
def fc_selu_mlp(k):
    def how(n, x):
        x = x.flatten(1)
        for l in n.layers:
            x = n.drop(F.selu(l(x)))
        return n.classifier(x)
    net = Called(how, layers=nn.ModuleList([L(784, 64), L(64, 64), L(64, 64), L(64, 48)]), drop=nn.AlphaDropout(.05), classifier=L(48, 10))
    for l in net.layers:
        nn.init.kaiming_normal_(l.weight, nonlinearity="linear"), nn.init.zeros_(l.bias)
    train(k, net, *digits(), steps=250)
    k.save({"model_state_dict": state(net)})


# ---- residual

@family("classifier", "Kaggle's ResNet9: conv1.0, res1.0.0, an activation inside the residual's end, pools in Sequentials, MaxPool 4 before the end", settings=RELU, source="aakashns' Zero to GANs CIFAR-10 ResNet9")
def fc_resnet9(k):
    block = lambda i, o, pool=False: nn.Sequential(C(i, o, 3, padding=1), B(o), nn.ReLU(inplace=True), *([nn.MaxPool2d(2)] if pool else []))
    def how(n, x):
        h = n.conv2(n.conv1(x))
        h = n.conv4(n.conv3(n.res1(h) + h))
        return n.classifier(n.res2(h) + h)
    w = 6
    net = Called(how, conv1=block(3, w), conv2=block(w, w * 2, True), res1=nn.Sequential(block(w * 2, w * 2), block(w * 2, w * 2)), conv3=block(w * 2, w * 3, True), conv4=block(w * 3, w * 4, True),
                 res2=nn.Sequential(block(w * 4, w * 4), block(w * 4, w * 4)), classifier=nn.Sequential(nn.MaxPool2d(4), nn.Flatten(), nn.Dropout(.2), L(w * 4, 10)))
    train(k, net, *coloured(), steps=150, size=24)
    k.save(state(net))


@family("classifier", "WideResNet: norm and ReLU before convolutions, the shortcut sees the activated map, names block1.layer.0.convShortcut, norm at the end", settings=RELU, source="xternalz/WideResNet-pytorch")
def fc_wideresnet(k):
    class Basic(nn.Module):
        def __init__(self, i, o, s):
            super().__init__()
            self.bn1, self.relu1, self.conv1 = B(i), nn.ReLU(inplace=True), C(i, o, 3, s, 1, bias=False)
            self.bn2, self.relu2, self.conv2 = B(o), nn.ReLU(inplace=True), C(o, o, 3, 1, 1, bias=False)
            self.convShortcut = C(i, o, 1, s, bias=False) if i != o else None

        def forward(self, x):
            a = self.relu1(self.bn1(x))
            h = self.conv2(self.relu2(self.bn2(self.conv1(a))))
            return h + (x if self.convShortcut is None else self.convShortcut(a))

    def block(i, o, s):
        b = nn.Module()
        b.layer = nn.Sequential(Basic(i, o, s), Basic(o, o, 1))
        return b
    def how(n, x):
        h = n.conv1(x)
        for b in (n.block1, n.block2, n.block3):
            h = b.layer(h)
        return n.fc(F.avg_pool2d(F.relu(n.bn1(h)), 8).flatten(1))
    net = Called(how, conv1=C(3, 8, 3, 1, 1, bias=False), block1=block(8, 12, 1), block2=block(12, 16, 2), block3=block(16, 24, 2), bn1=B(24), fc=L(24, 10))
    guess(k, net, coloured()[0])
    k.save({"epoch": 200, "state_dict": state(net), "best_prec1": 96.1})


@family("classifier", "PreActResNet without a norm at the end; shortcut is a convolution alone, of the activated map", settings=RELU, source="kuangliu/pytorch-cifar PreActResNet18")
def fc_preact_kuangliu(k):
    class Block(nn.Module):
        def __init__(self, i, o, s):
            super().__init__()
            self.bn1, self.conv1, self.bn2, self.conv2 = B(i), C(i, o, 3, s, 1, bias=False), B(o), C(o, o, 3, 1, 1, bias=False)
            if s != 1 or i != o:
                self.shortcut = nn.Sequential(C(i, o, 1, s, bias=False))

        def forward(self, x):
            a = F.relu(self.bn1(x))
            h = self.conv2(F.relu(self.bn2(self.conv1(a))))
            return h + (self.shortcut(a) if hasattr(self, "shortcut") else x)
    w = 6
    def how(n, x):
        h = n.layer4(n.layer3(n.layer2(n.layer1(n.conv1(x)))))
        return n.linear(F.avg_pool2d(h, 4).flatten(1))
    pair = lambda i, o, s: nn.Sequential(Block(i, o, s), Block(o, o, 1))
    net = Called(how, conv1=C(3, w, 3, 1, 1, bias=False), layer1=pair(w, w, 1), layer2=pair(w, w * 2, 2), layer3=pair(w * 2, w * 3, 2), layer4=pair(w * 3, w * 4, 2), linear=L(w * 4, 10))
    guess(k, net, coloured()[0])
    k.save({"net": prefixed("module.", state(net)), "acc": 95.1, "epoch": 190})


@family("classifier", "bottlenecks (1, 3, 1) with a shortcut in each first block, torchvision's names, a 3x3 stem, sorted safetensors; untrained", settings=RELU, source="Hugging Face uploads of a CIFAR ResNet50 (timm-like)", file="m.safetensors")
def fc_bottleneck_hf(k):
    class Neck(nn.Module):
        def __init__(self, i, o, s):
            super().__init__()
            m = o // 4
            self.conv1, self.bn1, self.conv2, self.bn2, self.conv3, self.bn3 = C(i, m, 1, bias=False), B(m), C(m, m, 3, s, 1, bias=False), B(m), C(m, o, 1, bias=False), B(o)
            self.downsample = nn.Sequential(C(i, o, 1, s, bias=False), B(o)) if s != 1 or i != o else None

        def forward(self, x):
            h = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
            return F.relu(self.bn3(self.conv3(h)) + (x if self.downsample is None else self.downsample(x)))
    w = 8
    row = lambda i, o, s, n: nn.Sequential(Neck(i, o, s), *[Neck(o, o, 1) for _ in range(n - 1)])
    def how(n, x):
        h = n.layer4(n.layer3(n.layer2(n.layer1(F.relu(n.bn1(n.conv1(x)))))))
        return n.fc(h.mean((2, 3)))
    net = Called(how, conv1=C(3, w, 3, 1, 1, bias=False), bn1=B(w), layer1=row(w, w * 2, 1, 2), layer2=row(w * 2, w * 3, 2, 2), layer3=row(w * 3, w * 4, 2, 2), layer4=row(w * 4, w * 4, 2, 2), fc=L(w * 4, 10))
    guess(k, net, coloured()[0])
    k.save(dict(sorted(state(net).items())))


@family("classifier", "fastai's ResBlocks in one Sequential: convs.0.0, idconv, an average pool before the 1x1 shortcut, a BatchNorm1d of the ten numbers", settings=RELU, source="fastai course 2022 part 2 resnet",
        untellable="where the average pool of the shortcut is")
def fc_miniai_resnet(k):
    conv = lambda i, o, ks=3, s=1, act=True, norm=True: nn.Sequential(C(i, o, ks, s, ks // 2, bias=not norm), *([B(o)] if norm else []), *([nn.ReLU()] if act else []))
    class ResBlock(nn.Module):
        def __init__(self, i, o, s):
            super().__init__()
            self.convs = nn.Sequential(conv(i, o), conv(o, o, s=s, act=False))
            self.idconv = conv(i, o, 1, act=False, norm=False) if i != o else nn.Identity()
            self.pool = nn.AvgPool2d(2, ceil_mode=True) if s != 1 else nn.Identity()

        def forward(self, x):
            return F.relu(self.convs(x) + self.idconv(self.pool(x)))
    net = nn.Sequential(ResBlock(1, 8, 1), ResBlock(8, 12, 2), ResBlock(12, 16, 2), ResBlock(16, 24, 2), ResBlock(24, 32, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), L(32, 10, bias=False), nn.BatchNorm1d(10))
    train(k, net, *digits(), steps=100, size=24)
    k.save(state(net))


@family("classifier", "depthwise convolutions (groups), blocks of conv1 bn1 conv2 bn2, stride in the depthwise one", settings=RELU, source="kuangliu/pytorch-cifar MobileNet",
        untellable="which blocks have stride 2")
def fc_mobilenet_kuangliu(k):
    class Block(nn.Module):
        def __init__(self, i, o, s=1):
            super().__init__()
            self.conv1, self.bn1, self.conv2, self.bn2 = C(i, i, 3, s, 1, groups=i, bias=False), B(i), C(i, o, 1, bias=False), B(o)

        def forward(self, x):
            return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
    w, layers, i = 8, [], 8
    for c in [16, (24, 2), 24, (32, 2), 32, (48, 2), 48, (64, 2)]:
        o, s = (c, 1) if isinstance(c, int) else c
        layers.append(Block(i, o, s))
        i = o
    net = Called(lambda n, x: n.linear(F.avg_pool2d(n.layers(F.relu(n.bn1(n.conv1(x)))), 2).flatten(1)), conv1=C(3, w, 3, 1, 1, bias=False), bn1=B(w), layers=nn.Sequential(*layers), linear=L(64, 10))
    train(k, net, *coloured(), steps=150, size=24)
    k.save({"net": state(net), "acc": 92.2, "epoch": 199})


# ---- Keras, Flax, TensorFlow

@family("classifier", "ReLU before each norm (ε 1e-3), a 'same' convolution of 5 with stride 2 instead of a pool, valid convolutions, a last convolution of 4 to 1x1", source="cdeotte's Kaggle digit recogniser (Keras)", file="m.npz",
        settings=dict(RELU, epsilon="1e-3"), untellable="ReLU before the norm; ε 1e-3")
def fc_keras_deotte(k):
    bn = lambda n: B(n, 1e-3)
    r, w = nn.ReLU, 6
    net = nn.Sequential(C(1, w, 3), r(), bn(w), C(w, w, 3), r(), bn(w), Same(w, w, 5, 2), r(), bn(w), nn.Dropout(.4), C(w, w * 2, 3), r(), bn(w * 2), C(w * 2, w * 2, 3), r(), bn(w * 2),
                        Same(w * 2, w * 2, 5, 2), r(), bn(w * 2), nn.Dropout(.4), C(w * 2, w * 4, 4), r(), bn(w * 4), Flat(), nn.Dropout(.4), L(w * 4, 10))
    train(k, net, *digits(), steps=150)
    k.save(keras(net))


@family("classifier", "Flax's MNIST example: 'SAME' kernels of 3, average pools, flattened h, w, c", source="google/flax examples/mnist", file="m.npz", settings=dict(RELU, pools="average"), untellable="average pools")
def fc_flax_mnist(k):
    net = nn.Sequential(Same(1, 8, 3), nn.ReLU(), nn.AvgPool2d(2), Same(8, 16, 3), nn.ReLU(), nn.AvgPool2d(2), Flat(), L(16 * 49, 48), nn.ReLU(), L(48, 10))
    train(k, net, *digits(), steps=150)
    k.save(dict(sorted(flax(net, "/").items())))


@family("classifier", "slim's LeNet: LeNet/conv1/weights, 'same' kernels of 5, max pools, optimiser slots (Momentum) and global_step beside", source="tensorflow/models slim lenet", file="m.npz", settings=RELU)
def fc_tf_slim_lenet(k):
    net = nn.Sequential(named(Same(1, 8, 5), "conv1"), nn.ReLU(), nn.MaxPool2d(2), named(Same(8, 16, 5), "conv2"), nn.ReLU(), nn.MaxPool2d(2), Flat(), named(L(16 * 49, 48), "fc3"), nn.ReLU(), named(L(48, 10), "fc4"))
    train(k, net, *digits(), steps=150)
    out = {n.replace("kernel", "weights").replace("bias", "biases"): v for n, v in keras(net, "LeNet/", "").items()}
    k.save({**out, **{n + "/Momentum": torch.randn_like(v) * .01 for n, v in out.items()}, "global_step": np.int64(20000)})
