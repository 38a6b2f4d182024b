"""PyTorch's turn at the benches `vision` and `inference`: torchvision's networks, and the U-Net of conv.py.

python networks.py eager|channels_last|compile network=resnet-50 task=train batch=4 size=224 threads=2: protocol in
bench/README.md.
"""

from torch_peer import not_installed, serve

import torch
import torch.nn.functional as F

try:
    import torchvision.models as models
    from torchvision.ops import StochasticDepth
except ImportError:
    not_installed("torch torchvision numpy")

from conv import UNet


def vit(width, heads):
    return lambda size: models.VisionTransformer(
        image_size=size, patch_size=4, num_layers=12, num_heads=heads, hidden_dim=width, mlp_dim=4 * width
    )


def without_drop_path(net):
    """Ours has none here; the function that makes the network fixes its rate."""
    for module in net.modules():
        if isinstance(module, StochasticDepth):
            module.p = 0.0
    return net


networks = {
    "vit-ti": vit(192, 3),
    "vit-s": vit(384, 6),
    "vit-b": vit(768, 12),
    "resnet-50": lambda size: models.resnet50(),
    "swinv2-t": lambda size: without_drop_path(models.swin_v2_t()),
    "u-net": lambda size: UNet(),
}


def make_inference(net, x):
    net.eval()

    def step():
        with torch.inference_mode():
            net(x)

    return step


def make_training(net, mode, x):
    net.train()
    # fused is the fastest of PyTorch's AdamW on a CPU
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05, fused=True)
    labels = torch.tensor([(i * 7) % 10 for i in range(len(x))])
    image = torch.randn(x.shape)

    def loss_of(x):
        y = net(x)
        return F.cross_entropy(y, labels) if y.dim() == 2 else F.mse_loss(y, image)

    loss_of = torch.compile(loss_of) if mode == "compile" else loss_of

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = loss_of(x)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def make_step(mode, network, task, batch, size):
    torch.manual_seed(0)
    net = networks[network](size)
    x = torch.randn(batch, 3, size, size)
    if mode == "channels_last":
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    if task == "train":
        return make_training(net, mode, x)
    return make_inference(torch.compile(net) if mode == "compile" else net, x)


if __name__ == "__main__":
    serve(lambda mode, given: make_step(mode, given["network"], given["task"], int(given["batch"]), int(given["size"])))
