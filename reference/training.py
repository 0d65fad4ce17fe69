"""Training a classifier: minibatches, an optimizer, a progress bar, a history."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Rng, integer, plain_array
from reference.layers import Layer
from reference.losses import accuracy, softmax_cross_entropy
from reference.optimizers import Optimizer


@dataclass
class History:
    """What `train` saw, one entry per epoch.

    Attributes
    ----------
    loss : list of float
        Mean of the minibatches' losses, taken before each step.
    accuracy : list of float
        Share of the training examples that were right when their minibatch came up.
    validation_accuracy : list of float
        After the epoch, in evaluation mode; empty without validation data.
    seconds : list of float
        Duration of the epoch's training.

    Examples
    --------
    >>> model = Linear(2, 2, rng=0)
    >>> x, y = np.eye(2, dtype=np.float32), np.array([1, 0])
    >>> history = train(model, SGD(model, lr=1.0), x, y, epochs=20, rng=0, progress=False)
    >>> len(history.loss), history.accuracy[-1], history.validation_accuracy
    (20, 1.0, [])
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def minibatches(
    x: ArrayLike, y: ArrayLike, batch_size: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (x, y) in minibatches of copied examples, each example once, in random order.

    Parameters
    ----------
    x : (N, ...) array
    y : (N,) array
    batch_size : int
        The last minibatch is smaller when it does not divide N.
    rng : np.random.Generator

    Yields
    ------
    x, y : arrays of `batch_size` entries

    Examples
    --------
    >>> x = np.arange(5)
    >>> [len(batch) for batch, _ in minibatches(x, x, 2, np.random.default_rng(0))]
    [2, 2, 1]
    """
    x, y = _examples(x, y)
    batch_size = integer("batch_size", batch_size, 1)
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        yield x[chosen], y[chosen]


def train_step(model: Layer, optimizer: Optimizer, x: ArrayLike, y: ArrayLike) -> tuple[np.floating, np.ndarray]:
    """Forward, backward and one step of the optimizer on a minibatch.

    Parameters
    ----------
    model, optimizer, x, y
        As in `train`.

    Returns
    -------
    loss : scalar
    scores : (N, K) array
        Both from before the step.

    Raises
    ------
    FloatingPointError
        When the loss is not finite: the parameters are then still as they were.

    Examples
    --------
    >>> model = Linear(2, 2, rng=0)
    >>> optimizer = SGD(model, lr=0.1)
    >>> x, y = np.eye(2, dtype=np.float32), np.array([1, 0])
    >>> before, _ = train_step(model, optimizer, x, y)
    >>> after, _ = train_step(model, optimizer, x, y)
    >>> bool(after < before)
    True
    """
    scores = model.forward(x)
    loss, dscores = softmax_cross_entropy(scores, y)
    if not np.isfinite(loss):
        raise FloatingPointError(f"the loss is {loss}: training has diverged, try a smaller lr than {optimizer.lr}")
    model.backward(dscores)
    optimizer.step()
    return loss, scores


def train(
    model: Layer,
    optimizer: Optimizer,
    x: ArrayLike,
    y: ArrayLike,
    epochs: int,
    batch_size: int = 64,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    rng: Rng = None,
    progress: bool = True,
) -> History:
    """Train a model on x, y with softmax cross-entropy.

    The model is left in evaluation mode. The same seeds give the same numbers.

    Parameters
    ----------
    model : Layer
        Its `forward` gives scores (N, K).
    optimizer : Optimizer, built on `model`
    x : (N, ...) array of the model's type
    y : (N,) array of integers in 0 ... K-1
    epochs : int
        How often every example is seen.
    batch_size : int
    validation : (x, y) or None
        Scored after every epoch, never trained on.
    rng : np.random.Generator, seed or None
        For the order of the examples.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    history : History

    Raises
    ------
    FloatingPointError
        When the loss is no longer finite.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(200, 2)).astype(np.float32)
    >>> y = (x[:, 0] > x[:, 1]).astype(int)
    >>> model = Linear(2, 2, rng=0)
    >>> history = train(model, Adam(model, 0.1), x, y, epochs=5, rng=0, progress=False)
    >>> history.accuracy[-1] > 0.95
    True
    """
    epochs = integer("epochs", epochs, 0)
    batch_size = integer("batch_size", batch_size, 1)
    x, y = _examples(x, y)
    if len(x) == 0:
        raise ValueError(f"x has shape {x.shape}: there is nothing to train on")
    rng = np.random.default_rng(rng)
    history = History()
    with _progress_bar(epochs * -(-len(x) // batch_size), progress) as move:
        for epoch in range(epochs):
            began, losses, right = perf_counter(), [], 0.0
            model.train()
            for batch_x, batch_y in minibatches(x, y, batch_size, rng):
                loss, scores = train_step(model, optimizer, batch_x, batch_y)
                losses.append(float(loss))
                right += accuracy(scores, batch_y) * len(batch_y)
                move(1, f"epoch {epoch + 1}/{epochs}, loss {loss:.4f}")
            history.seconds.append(perf_counter() - began)
            history.loss.append(float(np.mean(losses)))
            history.accuracy.append(right / len(x))
            if validation is not None:
                history.validation_accuracy.append(evaluate(model, *validation))
                move(0, f"epoch {epoch + 1}/{epochs}, validation {history.validation_accuracy[-1]:.1%}")
    model.eval()
    return history


def evaluate(model: Layer, x: ArrayLike, y: ArrayLike, batch_size: int = 256) -> float:
    """Share of the examples that the model, in evaluation mode, puts into their class.

    The model's mode is as before afterwards.

    Parameters
    ----------
    model, x, y
        As in `train`.
    batch_size : int
        Examples that are run at once.

    Returns
    -------
    share : float

    Examples
    --------
    >>> model = Linear(2, 2, bias=False)
    >>> model.params["w"][...] = np.eye(2)
    >>> evaluate(model, np.array([[3, 1], [2, 5], [4, 0], [1, 0]], np.float32), [0, 1, 0, 1])
    0.75
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


def _examples(x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y as arrays with as many entries each."""
    x, y = plain_array("x", x), plain_array("y", y)
    if len(x) != len(y):
        raise ValueError(f"y has shape {y.shape}, but x of {x.shape} needs {len(x)} classes")
    return x, y


@contextmanager
def _progress_bar(steps: int, drawn: bool) -> Iterator[Callable[[int, str], None]]:
    """Give a function `move(steps, report)` that moves a bar, or does nothing where none is drawn."""
    if not drawn:
        yield lambda steps, report: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%  {task.fields[report]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ) as bar:
        task = bar.add_task("training", total=steps, report="")
        yield lambda steps, report: bar.update(task, advance=steps, report=report)
