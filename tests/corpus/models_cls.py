"""Classifiers as public repositories have them."""

from common import *

C, B, L = nn.Conv2d, nn.BatchNorm2d, nn.Linear


def coloured(size=32):
    """Digits in colour: [n,3,size,size] and labels."""
    x, y = digits(32)
    x = x[:6000].repeat(1, 3, 1, 1) * torch.tensor([1., .7, .4])[:, None, None] + .1
    return (F.interpolate(x[:2500], (size, size), mode="bilinear") if size != 32 else x), y


def train(k, net, x, y, **how):
    opt = classify(net, net, x, y, **how)
    with torch.no_grad():
        out = net(x[:200])
        say(f"  {k.name}: {(out.argmax(1) == y[:200]).float().mean():.2f} right")
        k.golden(x=x[:4], critic=out[:4], critic_alt=out[:4].log_softmax(1), critic_alt2=out[:4].softmax(1))
    return opt


@family("classifier", "two convolutions without padding, one pool after both, dropout", settings={"critic_activation": "ReLU"}, source="pytorch/examples mnist")
def cls_examples_mnist(k):
    class N(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = C(1, 8, 3, 1), C(8, 16, 3, 1)
            self.dropout1, self.dropout2 = nn.Dropout(.25), nn.Dropout(.5)
            self.fc1, self.fc2 = L(16 * 144, 64), L(64, 10)

        def forward(self, x):
            x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
            return self.fc2(self.dropout2(F.relu(self.fc1(self.dropout1(x).flatten(1)))))
    net = N()
    train(k, net, *digits(), steps=300)
    k.save(state(net))


@family("classifier", "pool after each convolution of 5; 28 pixels", settings={"critic_activation": "ReLU"}, source="older pytorch/examples mnist / LeNet tutorials")
def cls_lenet_basic_28(k):
    class N(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = C(1, 10, 5), C(10, 20, 5)
            self.conv2_drop = nn.Dropout2d()
            self.fc1, self.fc2 = L(320, 50), L(50, 10)

        def forward(self, x):
            x = F.relu(F.max_pool2d(self.conv1(x), 2))
            x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
            return self.fc2(F.relu(self.fc1(x.view(-1, 320))))
    net = N()
    train(k, net, *digits(), steps=400)
    k.save(state(net))


@family("classifier", "LeNet for CIFAR: 3 channels, 32 pixels, 16x5x5", settings={"critic_activation": "ReLU"}, source="PyTorch's blitz tutorial / kuangliu lenet")
def cls_lenet_cifar(k):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.pool, self.conv2 = C(3, 6, 5), nn.MaxPool2d(2, 2), C(6, 16, 5)
            self.fc1, self.fc2, self.fc3 = L(400, 120), L(120, 84), L(84, 10)

        def forward(self, x):
            x = self.pool(F.relu(self.conv2(self.pool(F.relu(self.conv1(x))))))
            return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))
    net = Net()
    train(k, net, *coloured(), steps=400)
    k.save(state(net))


@family("classifier", "tanh and average pools, padding 2 in the first", settings={"critic_activation": "tanh", "pools": "average"}, source="LeNet-5 of 1998, d2l.ai", untellable="tanh, average")
def cls_lenet5_tanh(k):
    net = nn.Sequential(C(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2, 2), C(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2, 2), nn.Flatten(),
                        L(400, 120), nn.Tanh(), L(120, 84), nn.Tanh(), L(84, 10))
    train(k, net, *digits(), steps=400)
    k.save(state(net))


@family("classifier", "MLP with norms and dropout (numbers skip)", settings={"critic_activation": "ReLU"}, source="common MNIST MLP")
def cls_mlp_bn(k):
    net = nn.Sequential(nn.Flatten(), L(784, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(.3), L(128, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(.3), L(64, 10))
    train(k, net, *digits(), steps=400)
    k.save({"state_dict": state(net), "epoch": 4, "best_acc": np.float64(.97)})


@family("classifier", "VGG: pools are where numbers skip; last AvgPool 1", settings={"critic_activation": "ReLU"}, source="kuangliu/pytorch-cifar VGG11")
def cls_vgg11_kuangliu(k):
    layers, i = [], 3
    for c in [8, "M", 16, "M", 24, 24, "M", 32, 32, "M", 32, 32, "M"]:
        if c == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [C(i, c, 3, padding=1), B(c), nn.ReLU(True)]
            i = c
    layers.append(nn.AvgPool2d(1, 1))

    class VGG(nn.Module):
        def __init__(self):
            super().__init__()
            self.features, self.classifier = nn.Sequential(*layers), L(32, 10)

        def forward(self, x):
            return self.classifier(self.features(x).flatten(1))
    net = VGG()
    train(k, net, *coloured(), steps=350)
    k.save({"net": prefixed("module.", state(net)), "acc": 93.1, "epoch": 199})


class Basic(nn.Module):
    def __init__(self, i, o, s, name):
        super().__init__()
        self.conv1, self.bn1, self.conv2, self.bn2 = C(i, o, 3, s, 1, bias=False), B(o), C(o, o, 3, 1, 1, bias=False), B(o)
        self.name = name
        if s != 1 or i != o:
            setattr(self, name, nn.Sequential(C(i, o, 1, s, bias=False), B(o)))
        elif name == "shortcut":
            self.shortcut = nn.Sequential()

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(h + (getattr(self, self.name)(x) if hasattr(self, self.name) else x))


class ResNet(nn.Module):
    def __init__(self, w=8, stem=3, name="shortcut", head="linear", blocks=(2, 2, 2, 2), classes=10, i=3):
        super().__init__()
        self.stem, self.head = stem, head
        self.conv1, self.bn1 = (C(i, w, 3, 1, 1, bias=False) if stem == 3 else C(i, w, 7, 2, 3, bias=False)), B(w)
        c = w
        for n in range(len(blocks)):
            o = w * 2 ** n
            setattr(self, f"layer{n + 1}", nn.Sequential(*[Basic(c if b == 0 else o, o, 2 if b == 0 and n else 1, name) for b in range(blocks[n])]))
            c = o
        self.n = len(blocks)
        setattr(self, head, L(c, classes))

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        if self.stem == 7:
            h = F.max_pool2d(h, 3, 2, 1)
        for n in range(self.n):
            h = getattr(self, f"layer{n + 1}")(h)
        return getattr(self, self.head)(F.adaptive_avg_pool2d(h, 1).flatten(1))


@family("classifier", "{'net': module....}, 3x3 stem, no pool, empty Sequentials", settings={"critic_activation": "ReLU"}, source="kuangliu/pytorch-cifar ResNet18")
def cls_resnet18_kuangliu(k):
    net = ResNet()
    train(k, net, *coloured(), steps=300, size=24)
    k.save({"net": prefixed("module.", state(net)), "acc": 95.2, "epoch": 199})


@family("classifier", "7x7 stem of stride 2, max pool 3/2/1, downsample.0; the picture's size stands nowhere (64 here)", settings={"critic_activation": "ReLU"},
        source="torchvision resnet18, fine-tuned", untellable="the picture's size")
def cls_resnet18_torchvision(k):
    net = ResNet(stem=7, name="downsample", head="fc", classes=10)
    train(k, net, *coloured(64), steps=300, size=24)
    k.save(state(net))


@family("classifier", "ResNet20 for CIFAR: shortcut without weights (option A: every second pixel, zero channels)", settings={"critic_activation": "ReLU"},
        source="akamaster/pytorch_resnet_cifar10", untellable="the padded shortcut")
def cls_resnet20_akamaster(k):
    class Block(nn.Module):
        def __init__(self, i, o, s):
            super().__init__()
            self.conv1, self.bn1, self.conv2, self.bn2 = C(i, o, 3, s, 1, bias=False), B(o), C(o, o, 3, 1, 1, bias=False), B(o)
            self.o = o - i

        def forward(self, x):
            h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
            return F.relu(h + (F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.o // 2, self.o // 2)) if self.o else x))

    class R(nn.Module):
        def __init__(self, w=8):
            super().__init__()
            self.conv1, self.bn1 = C(3, w, 3, 1, 1, bias=False), B(w)
            self.layer1 = nn.Sequential(*[Block(w, w, 1) for _ in range(3)])
            self.layer2 = nn.Sequential(Block(w, w * 2, 2), *[Block(w * 2, w * 2, 1) for _ in range(2)])
            self.layer3 = nn.Sequential(Block(w * 2, w * 4, 2), *[Block(w * 4, w * 4, 1) for _ in range(2)])
            self.linear = L(w * 4, 10)

        def forward(self, x):
            h = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
            return self.linear(F.adaptive_avg_pool2d(h, 1).flatten(1))
    net = R()
    train(k, net, *coloured(), steps=250, size=24)
    k.save({"state_dict": prefixed("module.", state(net)), "best_prec1": 91.7})
