"""PyTorch's turn at the training steps of bench/conv.ts.

python conv.py eager|channels_last|compile network=u-net batch=16 size=64 threads=2: protocol in bench/README.md.
"""

from torch_peer import serve

import torch
import torch.nn as nn
import torch.nn.functional as F


def conv(inputs, outputs, kernel, stride=1, bias=False):
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=bias)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return layer


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        self.down = None if stride == 1 else nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.down is None else self.down(x)))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 16, 3), nn.BatchNorm2d(16)
        blocks = []
        for stage, width in enumerate([16, 32, 64]):
            for i in range(3):
                first = stage > 0 and i == 0
                blocks.append(ResidualBlock(width // 2 if first else width, width, 2 if first else 1))
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


class NormedConv(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv, self.norm = conv(inputs, outputs, 3, stride), nn.GroupNorm(8, outputs)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a1, self.a2 = NormedConv(3, 32), NormedConv(32, 32)
        self.b1, self.b2 = NormedConv(32, 64, 2), NormedConv(64, 64)
        self.c1, self.c2 = NormedConv(64, 128, 2), NormedConv(128, 128)
        self.u2, self.u2b = NormedConv(128, 64), NormedConv(128, 64)
        self.u1, self.u1b = NormedConv(64, 32), NormedConv(64, 32)
        self.out = conv(32, 3, 1, bias=True)

    def forward(self, x):
        def doubled(h):
            return F.interpolate(h, scale_factor=2, mode="nearest")

        s1 = self.a2(self.a1(x))
        s2 = self.b2(self.b1(s1))
        low = self.c2(self.c1(s2))
        middle = self.u2b(torch.cat([self.u2(doubled(low)), s2], 1))
        return self.out(self.u1b(torch.cat([self.u1(doubled(middle)), s1], 1)))


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(conv(inputs, 128, 3, bias=True) for inputs in [3, 128, 128, 128, 128])
        self.out = conv(128, 3, 1, bias=True)

    def forward(self, x):
        for layer in self.convs:
            x = F.relu(layer(x))
        return self.out(x)


networks = {"resnet-20": ResNet20, "u-net": UNet, "128-channel stack": Stack}


def make_step(mode, network, batch, size):
    torch.manual_seed(0)
    net = networks[network]().train()
    x = torch.randn(batch, 3, size, size)
    if network == "resnet-20":
        target, loss_function = torch.randint(0, 10, (batch,)), F.cross_entropy
    else:
        target, loss_function = torch.randn(batch, 3, size, size), F.mse_loss
    if mode == "channels_last":
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    # fused is the fastest of PyTorch's AdamW on a CPU
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05, fused=True)

    def loss_of(x, target):
        return loss_function(net(x), target)

    loss_of = torch.compile(loss_of) if mode == "compile" else loss_of

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(x, target)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


if __name__ == "__main__":
    serve(lambda mode, given: make_step(mode, given["network"], int(given["batch"]), int(given["size"])))
