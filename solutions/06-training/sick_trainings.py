"""Runs the five sick trainings of lesson 06 and writes their numbers to course/convschool/show/sick_numbers.py.

    .venv/bin/python solutions/06-training/sick_trainings.py

Each patient is trained twice, once sick and once mended, with the same start and the same batches. Nothing of the
lesson depends on the last digits: three are kept.
"""

import pprint
from pathlib import Path

import numpy as np

import reference
from convschool import data
from reference.initializers import he_normal

TARGET = Path(__file__).parents[2] / "course/convschool/show/sick_numbers.py"
STEPS = 60
KEPT = [0, 1, 2, 3, 4, *range(6, STEPS, 2)]
FLOAT = {"dtype": np.float64, "init": he_normal}


class PassesDownLess:
    """A layer that multiplies what it passes down by the learning rate."""

    def __init__(self, layer, lr):
        self.layer, self.lr = layer, lr
        self.params, self.grads = layer.params, layer.grads

    def forward(self, x):
        return self.layer.forward(x)

    def backward(self, dout):
        return self.lr * self.layer.backward(dout)


class SumsWindows(reference.Conv2d):
    """The kernel gradient of source 000: a convolution of input and error, and the sum of all its windows."""

    def forward(self, x):
        self.x = x
        return super().forward(x)

    def backward(self, dout):
        dx = super().backward(dout)
        kh, kw = self.kernel_size
        self.grads["w"] = sums_of_windows(dout, self.x, kh, kw)
        return dx


def sums_of_windows(dout, x, kh, kw):
    """For each kernel the sum over all windows of the convolution ("same") of x and dout."""
    height, width = x.shape[2:]
    shape = (height + dout.shape[2] - 1, width + dout.shape[3] - 1)
    full = np.fft.irfft2(np.fft.rfft2(x, shape)[:, None] * np.fft.rfft2(dout, shape)[:, :, None], shape)
    top, left = (dout.shape[2] - 1) // 2, (dout.shape[3] - 1) // 2
    same = full[..., top : top + height, left : left + width].sum(axis=0)
    return np.lib.stride_tricks.sliding_window_view(same, (kh, kw), axis=(2, 3)).sum(axis=(2, 3))


class UncorrectedSecond(reference.Adam):
    def update(self, name, p, g):
        beta1, beta2 = self.betas
        kept = self.memory(name, p, "m", "v")
        t = kept["t"] = kept.get("t", 0) + 1
        kept["m"] += (1 - beta1) * (g - kept["m"])
        kept["v"] += (1 - beta2) * (g * g - kept["v"])
        p -= self.lr / (1 - beta1**t) * kept["m"] / (np.sqrt(kept["v"]) + self.eps)


def digit_net(rng, wrapped=lambda layer: layer):
    return reference.Sequential(
        wrapped(reference.Conv2d(1, 8, 5, stride=2, rng=rng, **FLOAT)),
        reference.ReLU(),
        reference.MaxPool2d(2),
        wrapped(reference.Conv2d(8, 16, 3, rng=rng, **FLOAT)),
        reference.ReLU(),
        reference.Flatten(),
        wrapped(reference.Linear(256, 32, rng=rng, **FLOAT)),
        reference.ReLU(),
        wrapped(reference.Linear(32, 10, rng=rng, **FLOAT)),
    )


def small_net(rng, kind):
    return reference.Sequential(
        kind(1, 8, 3, padding=1, rng=rng, **FLOAT),
        reference.ReLU(),
        reference.MaxPool2d(4),
        reference.Flatten(),
        reference.Linear(8 * 49, 10, rng=rng, **FLOAT),
    )


def run(net, optimizer, batch=40, summed=False, spoiled_at=-1):
    """Loss and update-to-weight ratios at the steps of KEPT."""
    images, labels = data.digits()
    rng = np.random.default_rng(7)
    weights = [key for key in net.params if key.endswith(".w")]
    losses, ratios = [], {key: [] for key in weights}
    for step in range(STEPS):
        chosen = rng.integers(0, 3000, batch)
        x = images[chosen][:, None] * (255 if step == spoiled_at else 1)
        loss, dscores = reference.softmax_cross_entropy(net.forward(x), labels[chosen].astype(int))
        net.backward(dscores * (batch if summed else 1))
        before = {key: net.params[key].copy() for key in weights}
        optimizer.step()
        if step in KEPT:
            losses.append(loss)
            for key in weights:
                moved = np.linalg.norm(net.params[key] - before[key])
                ratios[key].append(moved / np.linalg.norm(before[key]))
    return losses, ratios


def patients():
    def rng():
        return np.random.default_rng(6)

    sgd, adam = reference.SGD, reference.Adam
    net = digit_net(rng())
    yield "one", run(net, sgd(net, 0.02), summed=True)
    net = digit_net(rng())
    yield "one, healthy", run(net, sgd(net, 0.02))
    net = digit_net(rng(), lambda layer: PassesDownLess(layer, 0.1))
    yield "two", run(net, sgd(net, 0.1))
    net = digit_net(rng())
    healthy = run(net, sgd(net, 0.1))
    yield "two, healthy", healthy
    net = digit_net(rng())
    yield "three", run(net, sgd(net, 0.1), spoiled_at=24)
    yield "three, healthy", healthy
    net = small_net(rng(), SumsWindows)
    yield "four", run(net, sgd(net, 0.1))
    net = small_net(rng(), reference.Conv2d)
    yield "four, healthy", run(net, sgd(net, 0.1))
    net = digit_net(rng())
    yield "five", run(net, UncorrectedSecond(net, 0.003))
    net = digit_net(rng())
    yield "five, healthy", run(net, adam(net, 0.003))


def check_what_the_text_says(numbers):
    """The claims of section 11, its hints and its messages."""
    close = np.isclose

    def first(patient, layer):
        return numbers[patient][layer][0]

    one, five = (numbers[f"{patient}, healthy"] for patient in ("one", "five"))
    assert close(first("one", "0.w") / one["least"][0], 40, rtol=0.02)
    assert close(first("one", "6.w") / one["largest"][0], 40, rtol=0.02)
    assert close(first("five", "6.w") / five["largest"][0], 1 / np.sqrt(0.001), rtol=0.02)
    for layer, power in (("0.w", 3), ("3.w", 2), ("6.w", 1), ("8.w", 0)):
        assert close(first("two", layer), 0.1**power * first("three", layer), rtol=0.02)
    assert all(numbers["three"]["loss"][k] == numbers["three, healthy"]["loss"][k] for k in range(10))
    assert all(numbers["three"][layer][-1] == 0 for layer in ("0.w", "3.w", "6.w", "8.w"))
    assert first("four", "0.w") > 100 * numbers["four, healthy"]["least"][0]
    assert first("four", "4.w") == numbers["four, healthy"]["largest"][0]
    for patient in ("one", "four", "five"):
        assert numbers[patient]["loss"][1] > 4 and 2.2 < numbers[patient]["loss"][5] < 2.4
    for patient in ("two", "three"):
        assert numbers[patient]["loss"][1] < numbers[patient]["loss"][0]


def three_digits(values):
    return [float(f"{value:.3g}") for value in values]


def main():
    numbers = {"steps": KEPT}
    for name, (losses, ratios) in patients():
        short = {key: three_digits(row) for key, row in ratios.items()}
        if name.endswith("healthy"):
            rows = np.array(list(short.values()))
            short = {"least": rows.min(axis=0).tolist(), "largest": rows.max(axis=0).tolist()}
        numbers[name] = {"loss": three_digits(losses), **short}
        print(name, "loss", losses[0], losses[-1], {key: row[0] for key, row in short.items()})
    check_what_the_text_says(numbers)
    text = pprint.pformat(numbers, width=104, compact=True, sort_dicts=False)
    TARGET.write_text(
        '"""Numbers of the sick trainings of lesson 06, by solutions/06-training/sick_trainings.py."""\n\n'
        "from typing import Any\n\nNUMBERS: dict[str, Any]\n"
        f"# fmt: off\nNUMBERS = {text}\n"
    )


if __name__ == "__main__":
    main()
