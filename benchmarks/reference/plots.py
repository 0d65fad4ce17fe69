"""The two figures of the report."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

STYLES = {
    "ours": dict(color="C0", marker="o", linewidth=2.5),
    "torch NCHW": dict(color="C1", marker="s"),
    "torch channels-last": dict(color="C3", marker="D"),
    "fancy-index im2col": dict(color="C2", marker="^"),
    "Python-loop im2col": dict(color="C4", marker="v"),
}


def time_against_size(steps, path):
    """steps: {batch size: {name: seconds}}"""
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for name, style in STYLES.items():
        sizes = [n for n, times in steps.items() if name in times]
        axes.loglog(sizes, [1e3 * steps[n][name] for n in sizes], label=name, **style)
    axes.set(xlabel="batch size", ylabel="milliseconds", title="One training step of LeNet-5, one thread")
    axes.set_xticks(list(steps), list(map(str, steps)))
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def roofline(layers, peak, bandwidth, path):
    """layers: {layer: {name: seconds}}; each layer is a point at its operations per byte."""
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    intensity = np.geomspace(1, 1000, 200)
    roof = np.minimum(peak, bandwidth * intensity) / 1e9
    axes.loglog(intensity, roof, color="black", label="roof: copying and matrix product, measured")
    for name in ("ours", "torch NCHW", "torch channels-last"):
        axes.loglog(
            [layer.operations / layer.bytes for layer in layers],
            [layer.operations / times[name] / 1e9 for layer, times in layers.items()],
            linestyle="none",
            color=STYLES[name]["color"],
            marker=STYLES[name]["marker"],
            label=name,
        )
    for number, layer in enumerate(layers, start=1):
        highest = max(layer.operations / seconds for seconds in layers[layer].values()) / 1e9
        axes.annotate(
            str(number), (layer.operations / layer.bytes, highest), (0, 8), textcoords="offset points", ha="center"
        )
    axes.set(
        xlabel="operations of the direct sum per byte that must be moved",
        ylabel="GFLOP/s",
        title="Convolution layers, forward and backward (Winograd may pass the roof)",
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=120)
    plt.close(figure)
