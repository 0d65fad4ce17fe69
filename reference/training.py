"""Training a classifier: minibatches, an optimizer, a progress bar, a history."""

from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from reference.arguments import integer, plain_array
from reference.losses import accuracy, softmax_cross_entropy


@dataclass
class History:
    """What `train` saw, one entry per epoch.

    loss : mean of the minibatches' losses, taken before each step.
    accuracy : share of the training examples that were right when their minibatch came up.
    validation_accuracy : after the epoch, in evaluation mode; empty without validation data.
    seconds : duration of the epoch's training.
    """

    loss: list = field(default_factory=list)
    accuracy: list = field(default_factory=list)
    validation_accuracy: list = field(default_factory=list)
    seconds: list = field(default_factory=list)


def minibatches(x, y, batch_size, rng):
    """Yield (x, y) in minibatches of `batch_size` copied examples, each example once, in random order.

    The last minibatch is smaller when `batch_size` does not divide len(x).
    """
    x, y = _examples(x, y)
    batch_size = integer("batch_size", batch_size, 1)
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        yield x[chosen], y[chosen]


def train_step(model, optimizer, x, y):
    """Forward, backward and one step of the optimizer on a minibatch.

    Return (loss, scores) from before the step. FloatingPointError when the loss is not finite: the parameters
    are then still as they were.
    """
    scores = model.forward(x)
    loss, dscores = softmax_cross_entropy(scores, y)
    if not np.isfinite(loss):
        raise FloatingPointError(
            f"the loss is {loss}: training has diverged, try a smaller lr than {optimizer.lr}"
        )
    model.backward(dscores)
    optimizer.step()
    return loss, scores


def train(model, optimizer, x, y, epochs, batch_size=64, validation=None, rng=None, progress=True):
    """Train `model` on x, y with softmax cross-entropy and return its `History`.

    Parameters
    ----------
    model : Layer whose `forward` gives scores (N, K).
    optimizer : with `step()`, built on `model`.
    x : (N, ...) array of the model's type; y : (N,) integers in 0 ... K-1.
    epochs : int, how often every example is seen.
    batch_size : int
    validation : (x, y) or None, scored after every epoch, never trained on.
    rng : np.random.Generator, seed or None, for the order of the examples.
    progress : bool, whether to show a bar.

    The model is left in evaluation mode. The same seeds give the same numbers.
    Raises FloatingPointError when the loss is no longer finite.
    """
    epochs = integer("epochs", epochs, 0)
    batch_size = integer("batch_size", batch_size, 1)
    x, y = _examples(x, y)
    if len(x) == 0:
        raise ValueError(f"x has shape {x.shape}: there is nothing to train on")
    rng = np.random.default_rng(rng)
    history = History()
    with _progress_bar(disable=not progress) as bar:
        task = bar.add_task("training", total=epochs * -(-len(x) // batch_size), report="")
        for epoch in range(epochs):
            began, losses, right = perf_counter(), [], 0.0
            model.train()
            for batch_x, batch_y in minibatches(x, y, batch_size, rng):
                loss, scores = train_step(model, optimizer, batch_x, batch_y)
                losses.append(float(loss))
                right += accuracy(scores, batch_y) * len(batch_y)
                bar.update(task, advance=1, report=f"epoch {epoch + 1}/{epochs}, loss {loss:.4f}")
            history.seconds.append(perf_counter() - began)
            history.loss.append(float(np.mean(losses)))
            history.accuracy.append(right / len(x))
            if validation is not None:
                history.validation_accuracy.append(evaluate(model, *validation))
                report = f"epoch {epoch + 1}/{epochs}, validation {history.validation_accuracy[-1]:.1%}"
                bar.update(task, report=report)
    model.eval()
    return history


def evaluate(model, x, y, batch_size=256):
    """Share of the examples x (N, ...) that the model, in evaluation mode, puts into their class y (N,).

    The model's mode is as before afterwards.
    """
    x, y = _examples(x, y)
    batch_size = integer("batch_size", batch_size, 1)
    if len(x) == 0:
        raise ValueError(f"x has shape {x.shape}: there is nothing to evaluate")
    training = model.training
    model.eval()
    right = 0.0
    for start in range(0, len(x), batch_size):
        part = slice(start, start + batch_size)
        right += accuracy(model.forward(x[part]), y[part]) * len(y[part])
    model.train(training)
    return right / len(x)


def _examples(x, y):
    """Return x and y as arrays with as many entries each."""
    x, y = plain_array("x", x), plain_array("y", y)
    if len(x) != len(y):
        raise ValueError(f"y has shape {y.shape}, but x of {x.shape} needs {len(x)} classes")
    return x, y


def _progress_bar(disable):
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%  {task.fields[report]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        disable=disable,
    )
