"""One training step of LeNet-5: forward, softmax cross-entropy, backward, SGD."""

import numpy as np
import torch
from torch import nn

from benchmarks.reference import textbook
from benchmarks.reference.timing import alternate
from reference import SGD, LeNet5, softmax_cross_entropy

BATCHES = (1, 4, 16, 64, 256)


def batch(n):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 1, 28, 28)).astype(np.float32), rng.integers(0, 10, n)


def numpys(model, n):
    x, y = batch(n)
    optimizer = SGD(model, 0.01)

    def step():
        loss, dscores = softmax_cross_entropy(model.forward(x), y)
        model.backward(dscores)
        optimizer.step()
        return loss

    return step


def ours(n):
    # PyTorch computes no gradient of the images either: they do not require one.
    return numpys(LeNet5(rng=0, input_gradient=False), n)


def torchs(n, memory_format):
    x, y = map(torch.tensor, batch(n))
    x = x.contiguous(memory_format=memory_format)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    ).to(memory_format=memory_format)  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss_of = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def fast_contenders(n):
    return {
        "ours": ours(n),
        "torch NCHW": torchs(n, torch.contiguous_format),
        "torch channels-last": torchs(n, torch.channels_last),
    }


def textbook_contenders(n):
    rng = np.random.default_rng(0)
    return {
        "fancy-index im2col": numpys(textbook.lenet5(textbook.FancyColumns, rng), n),
        "Python-loop im2col": numpys(textbook.lenet5(textbook.LoopColumns, rng), n),
    }


def check():
    """The textbook nets compute what ours does: the same first loss and gradients from the same parameters."""
    x, y = batch(8)
    model = LeNet5(rng=0)
    loss, dscores = softmax_cross_entropy(model.forward(x), y)
    model.backward(dscores)
    for columns in (textbook.FancyColumns, textbook.LoopColumns):
        other = textbook.lenet5(columns, np.random.default_rng(0))
        for one, parameter in zip(other.params.values(), model.params.values(), strict=True):
            one[...] = parameter
        other_loss, dscores = softmax_cross_entropy(other.forward(x), y)
        other.backward(dscores)
        np.testing.assert_allclose(other_loss, loss, rtol=1e-5)
        for one, gradient in zip(other.grads.values(), model.grads.values(), strict=True):
            np.testing.assert_allclose(one, gradient, rtol=1e-3, atol=1e-5)


def measure(n, with_textbook=False):
    """Return {name: seconds}.

    A turn is five steps, for training makes one after the other. The slow nets take turns with ours alone, so that
    the machine's mood of another minute does not count for them: their time is given as the ratio then found, times
    ours.
    """
    times = alternate(fast_contenders(n), calls=5)
    if with_textbook:
        for name, step in textbook_contenders(n).items():
            beside = alternate({"ours": ours(n), name: step}, calls=5)
            times[name] = times["ours"] * beside[name] / beside["ours"]
    return times
