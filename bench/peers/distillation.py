"""PyTorch's turn at the distillation step of bench/distillation.ts.

python distillation.py eager|channels_last batch=64 threads=2: protocol in bench/README.md.
"""

from torch_peer import serve

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.down = None
        if stride != 1 or inputs != outputs:
            self.down = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.down is None else self.down(x)))


class ResNet(nn.Module):
    def __init__(self, depth, classes=100):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        blocks, inputs = [], 16
        for group, width in enumerate([16, 32, 64]):
            for i in range((depth - 2) // 6):
                blocks.append(Block(inputs, width, 2 if group > 0 and i == 0 else 1))
                inputs = width
        self.blocks, self.fc = nn.Sequential(*blocks), nn.Linear(64, classes)

    def forward(self, x):
        return self.fc(self.blocks(F.relu(self.bn1(self.conv1(x)))).mean((2, 3)))


def make_step(mode, batch):
    torch.manual_seed(0)
    student, teacher = ResNet(20).train(), ResNet(56).eval()
    images, labels = torch.randn(batch, 3, 32, 32), torch.randint(0, 100, (batch,))
    mean = torch.tensor([0.5071, 0.4867, 0.4408]).reshape(1, 3, 1, 1)
    std = torch.tensor([0.2675, 0.2565, 0.2761]).reshape(1, 3, 1, 1)
    if mode == "channels_last":
        student, teacher, images = (
            thing.to(memory_format=torch.channels_last) for thing in (student, teacher, images)
        )
    optimiser = torch.optim.SGD(student.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)

    def step():
        x = (images - mean) / std
        with torch.no_grad():
            taught = teacher(x)
        logits = student(x)
        log_p = F.log_softmax(logits.detach(), 1)
        entropy = -(log_p.exp() * log_p).sum(1)
        kl = F.kl_div(F.log_softmax(logits / 4, 1), F.softmax(taught / 4, 1), reduction="batchmean") * 16
        loss = 0.1 * F.cross_entropy(logits, labels) + 0.9 * kl
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        entropy.numpy()
        return loss.item()

    return step


if __name__ == "__main__":
    serve(lambda mode, given: make_step(mode, int(given["batch"])))
