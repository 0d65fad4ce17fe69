"""Peak memory that one forward and backward pass adds to its inputs, each measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

import torch

from benchmarks.reference import layers

FORMATS = {"torch NCHW": torch.contiguous_format, "torch channels-last": torch.channels_last}


def resident(field):
    """A field of /proc/self/status in bytes: VmRSS is what is held, VmHWM the most that was held."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field)]
    return int(line.split()[1]) * 1024


def grown(name, number):
    """Run layer `number` once and return how many bytes it needed at most, results included."""
    torch.set_num_threads(1)
    make = layers.ours if name == "ours" else lambda layer: layers.torchs(layer, FORMATS[name])
    make(layers.LAYERS[1])()  # load what is loaded on first use
    run = make(layers.LAYERS[number])
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far (Linux)
    before = resident("VmRSS")
    run()
    return resident("VmHWM") - before


def measure(layer):
    """Return {name: bytes}."""
    number = layers.LAYERS.index(layer)
    taken = {}
    for name in ("ours", *FORMATS):
        command = [sys.executable, "-m", "benchmarks.reference.memory", name, str(number)]
        taken[name] = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return taken


if __name__ == "__main__":
    print(grown(sys.argv[1], int(sys.argv[2])))
