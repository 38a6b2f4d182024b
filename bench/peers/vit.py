"""PyTorch's turn at the training step of bench/engine.ts.

python vit.py eager|compile batch=32 dim=192 ... : protocol in bench/README.md.
"""

from torch_peer import serve

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """Pre-norm transformer block; attention by scaled_dot_product_attention, PyTorch's own fast path."""

    def __init__(self, dim, heads, mlp_ratio):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.fc1 = nn.Linear(dim, mlp_ratio * dim)
        self.fc2 = nn.Linear(mlp_ratio * dim, dim)

    def forward(self, x):
        batch, tokens, dim = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(batch, tokens, 3, self.heads, dim // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, tokens, dim)
        x = x + self.proj(attended)
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


def make_step(mode, s):
    torch.manual_seed(0)
    dim = s["dim"]
    blocks = [Block(dim, dim // s["headDim"], s["mlpRatio"]) for _ in range(s["depth"])]
    net = nn.Sequential(
        nn.Linear(s["patch"], dim), *blocks, nn.LayerNorm(dim, eps=1e-6), nn.Linear(dim, s["patch"])
    )
    for parameter in net.parameters():
        if parameter.dim() == 2:
            nn.init.normal_(parameter, std=0.02)
    # fused is the fastest of PyTorch's AdamW on a CPU
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05, fused=True)
    x = torch.randn(s["batch"], s["tokens"], s["patch"])
    y = torch.randn(s["batch"], s["tokens"], s["patch"])

    def loss_of(x, y):
        return F.mse_loss(net(x), y)

    loss_function = torch.compile(loss_of) if mode == "compile" else loss_of

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = loss_function(x, y)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


if __name__ == "__main__":
    serve(lambda mode, given: make_step(mode, {name: int(value) for name, value in given.items()}))
