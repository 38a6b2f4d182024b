"""torchvision's DataLoader of Pillow images at the step of bench/loader.ts.

python loader.py FOLDER BATCH BATCHES WORKERS: protocol in bench/README.md.
"""

import json
import resource
import sys
import time


def say(**message):
    print(json.dumps(message), flush=True)


try:
    import PIL
    import torch
    import torchvision
    from torchvision import transforms
except ImportError:
    say(
        notInstalled="python3 -m venv DIR && DIR/bin/pip install torch torchvision pillow, then"
        f" FOVEA_PEERS_PYTHON=DIR/bin/python ({sys.executable} cannot import torchvision)"
    )
    sys.exit(0)


def batches_without_end(loader):
    while True:
        yield from loader


def main():
    folder = sys.argv[1]
    batch, batches, workers = map(int, sys.argv[2:])
    torch.set_num_threads(1)
    augment = transforms.Compose(
        [
            transforms.RandomResizedCrop(224),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )
    data = torchvision.datasets.ImageFolder(f"{folder}/train", augment)
    loader = torch.utils.data.DataLoader(
        data, batch, shuffle=True, num_workers=workers, drop_last=True, persistent_workers=True, prefetch_factor=2
    )
    stream = batches_without_end(loader)
    for _ in range(batches):
        next(stream)
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__, "Pillow": PIL.__version__}
    say(ready=True, versions=versions, threads=workers, note=f"{batch * batches} images a step, {workers} workers")
    for line in sys.stdin:
        for _ in range(int(line)):
            start = time.perf_counter()
            for _ in range(batches):
                next(stream)
            say(ms=1e3 * (time.perf_counter() - start))
        say(done=True, peakMb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)


if __name__ == "__main__":
    main()
