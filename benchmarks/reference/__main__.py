"""Measure everything and write docs/benchmarks-reference.md with its two figures."""

import sys
from datetime import date
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.reference import layers, lenet5, machine, memory, plots
from website import pictures

TRIED = Path(__file__).with_name("tried.md").read_text()
AVX2 = Path(__file__).with_name("avx2.md").read_text()  # what `make bench` wrote on another machine
DOCS = Path(__file__).parents[2] / "docs"


def table(header, rows):
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def faster_torch(times):
    return min(times["torch NCHW"], times["torch channels-last"])


def milliseconds(seconds):
    return f"{1e3 * seconds:.3g}"


def lenet_table(times):
    rows = [
        [name, milliseconds(seconds), f"{times['ours'] / seconds:.2f}", f"{seconds / times['ours']:.1f}"]
        for name, seconds in times.items()
    ]
    return table(["LeNet-5 step, batch 64", "ms", "ours / it", "it / ours"], rows)


def layer_table(measured):
    rows, ratios = [], []
    for number, (layer, times) in enumerate(measured.items(), start=1):
        ratios.append([times["ours"] / times[name] for name in ("torch NCHW", "torch channels-last")])
        ratios[-1].append(max(ratios[-1]))
        rows.append([f"{number}. {layer}", *map(milliseconds, times.values()), *(f"{r:.2f}" for r in ratios[-1])])
    means = np.exp(np.mean(np.log(ratios), axis=0))
    rows.append(["geometric mean", "", "", "", *(f"{mean:.2f}" for mean in means)])
    header = ["layer (N x C x H x W, kernels)", "ours, ms", "torch NCHW", "torch channels-last"]
    header += ["ours / NCHW", "ours / channels-last", "ours / faster torch"]
    return table(header, rows)


def memory_table(measured):
    rows = [[str(layer), *(f"{taken / 1e6:.0f}" for taken in used.values())] for layer, used in measured.items()]
    return table(["layer", "ours, MB", "torch NCHW", "torch channels-last"], rows)


def target_table(times, measured, used):
    """What the project asks for, and whether this run shows it."""
    ratios = [layer["ours"] / faster_torch(layer) for layer in measured.values()]
    step = "LeNet-5 step, batch 64: "
    limits = [
        (step + "time / faster torch layout", times["ours"] / faster_torch(times), "at most", 0.60),
        (step + "fancy-index im2col / ours", times["fancy-index im2col"] / times["ours"], "at least", 12),
        (step + "Python-loop im2col / ours", times["Python-loop im2col"] / times["ours"], "at least", 50),
        ("layers: time / faster torch layout, mean", np.exp(np.mean(np.log(ratios))), "at most", 0.75),
        ("layers: the same, worst", max(ratios), "at most", 1),
        ("memory / torch NCHW, worst", max(u["ours"] / u["torch NCHW"] for u in used.values()), "at most", 1),
    ]
    rows = []
    for name, value, relation, limit in limits:
        met = value <= limit if relation == "at most" else value >= limit
        rows.append([name, f"{relation} {limit:.4g}", f"{value:.3g}", "met" if met else "**missed**"])
    return table(["target", "wanted", "measured here", ""], rows)


def report(steps, measured, used, peak, bandwidth):
    return f"""# How fast the reference is

Written by `make bench` on {date.today()}. {machine.name()}.

One thread, float32, CPU time, medians of runs that take turns in one process: five training steps a turn, or one
layer. PyTorch is compared in the faster of its two layouts; our arrays come in C order, our results lie in memory as
the kernel that made them left them.
"Python-loop" and "fancy-index im2col" are what textbooks write (`benchmarks/reference/textbook.py`): convolution and
pooling both through columns, made window by window or by index arrays and `np.add.at`.

## Targets

{target_table(steps[64], measured, used)}

Our step is matrix products and moved memory, a textbook's is index arithmetic: by how much ours is faster grows with
the speed of the machine's matrix product, {peak / 1e9:.0f} GFLOP/s here.

## A training step of LeNet-5

{lenet_table(steps[64])}

Neither ours (`LeNet5(input_gradient=False)`) nor PyTorch's computes the gradient of the images, which no step needs.

![Time of one LeNet-5 training step against the batch size, for our code, PyTorch and two textbook versions; both axes \
logarithmic](benchmarks-lenet5.png)

## Single layers, forward and all three gradients

{layer_table(measured)}

![Operations per second of each layer against its operations per byte, under the roof that copying and matrix \
products set](benchmarks-roofline.png)

The roof is measured: {peak / 1e9:.0f} GFLOP/s in a matrix product, {bandwidth / 1e9:.0f} GB/s in copying. The
points carry the table's numbers. Layers 3 and 7 are Winograd's: they do fewer operations than the direct sum
that is counted.

## Peak memory beyond the inputs, results included

{memory_table(used)}

{AVX2}
{TRIED}"""


def main():
    torch.set_num_threads(1)
    with threadpool_limits(1):
        lenet5.check()
        peak, bandwidth = machine.gemm_peak(), machine.bandwidth()
        steps = {}
        for n in lenet5.BATCHES:
            steps[n] = lenet5.measure(n, with_textbook=n <= 64)
            print(f"LeNet-5, batch {n}:", {k: milliseconds(s) for k, s in steps[n].items()}, flush=True)
        measured = {}
        for layer in layers.LAYERS:
            measured[layer] = layers.measure(layer)
            print(f"{layer}:", {k: milliseconds(s) for k, s in measured[layer].items()}, flush=True)
    used = {layer: memory.measure(layer) for layer in layers.LARGE}
    plots.time_against_size(steps, DOCS / "benchmarks-lenet5.png")
    plots.roofline(measured, peak, bandwidth, DOCS / "benchmarks-roofline.png")
    (DOCS / "benchmarks-reference.md").write_text(report(steps, measured, used, peak, bandwidth))
    for name in ("benchmarks-lenet5", "benchmarks-roofline"):
        pictures.sign(name, DOCS / f"{name}.png")
    print(report(steps, measured, used, peak, bandwidth))


if __name__ == "__main__":
    sys.exit(main())
