"""How a PyTorch program takes its turns (bench/README.md): said once for all that time one step."""

import json
import resource
import sys
import time


def say(**message):
    print(json.dumps(message), flush=True)


def not_installed(packages):
    """Ends the program where `packages` cannot be imported, with what to do."""
    say(
        notInstalled=f"python3 -m venv DIR && DIR/bin/pip install {packages}, then FOVEA_PEERS_PYTHON=DIR/bin/python"
        f" ({sys.executable} cannot import them)"
    )
    sys.exit(0)


try:
    import torch
except ImportError:
    not_installed("torch numpy")


def serve(make_step):
    """`PROGRAM MODE name=value ...`: make_step(mode, given) is timed as often as the lines of standard input ask."""
    mode, given = sys.argv[1], dict(a.split("=", 1) for a in sys.argv[2:])
    torch.set_num_threads(int(given["threads"]))
    step = make_step(mode, given)
    for _ in range(3):
        step()
    say(ready=True, versions={"torch": torch.__version__}, threads=torch.get_num_threads())
    for line in sys.stdin:
        loss = None
        for _ in range(int(line)):
            start = time.perf_counter()
            loss = step()
            say(ms=(time.perf_counter() - start) * 1e3)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        say(done=True, peakMb=peak, **({} if loss is None else {"loss": loss}))
