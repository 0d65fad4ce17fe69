"""The search: train the shared weights and the controller in turns, then take the best child."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from reference.architecture_search.controller import Controller, MovingAverage
from reference.architecture_search.shared_network import SharedNetwork
from reference.arguments import Rng, integer, plain_array
from reference.losses import accuracy
from reference.optimizers import Adam, Optimizer
from reference.training import evaluate, minibatches, train_step


@dataclass
class SearchHistory:
    """What `search` saw.

    Attributes
    ----------
    loss : list of float
        Mean loss of the children of each epoch, while the shared weights are trained.
    rewards, baselines : lists of float
        For each step of the controller, accuracy of its child on a minibatch of validation data, and the moving average
        it was compared with.

    Examples
    --------
    >>> SearchHistory().rewards
    []
    """

    loss: list[float] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    baselines: list[float] = field(default_factory=list)


def train_shared_weights(
    shared: SharedNetwork,
    controller: Controller,
    optimizer: Optimizer,
    x: ArrayLike,
    y: ArrayLike,
    batch_size: int,
    rng: np.random.Generator,
) -> float:
    """One epoch with the controller fixed: a new child for each minibatch.

    The gradient of one child's loss is, in the mean over children, that of the expected loss.

    Parameters
    ----------
    shared, controller, batch_size, rng
        As in `search`; rng is a generator.
    optimizer : Optimizer, built on `shared`
    x, y : arrays
        The training data.

    Returns
    -------
    loss : float
        The mean over the minibatches.

    Notes
    -----
    Pham et al. 2018, section 2.2, equation 1 with M = 1.

    Examples
    --------
    >>> shared = SharedNetwork(nodes=1, channels=2, image_size=8, classes=2, rng=0)
    >>> controller = Controller(shared.choices, rng=0)
    >>> x, y = np.zeros((4, 1, 8, 8), np.float32), np.array([0, 1, 0, 1])
    >>> rng = np.random.default_rng(0)
    >>> loss = train_shared_weights(shared, controller, SGD(shared, 0.1), x, y, batch_size=2, rng=rng)
    >>> round(loss, 1)
    0.7
    """
    losses = []
    for batch_x, batch_y in minibatches(x, y, batch_size, rng):
        shared.clear_grads()
        child = shared.child(controller.sample(rng)).train()
        loss, _ = train_step(child, optimizer, batch_x, batch_y)
        losses.append(loss)
    return float(np.mean(losses))


def train_controller(
    shared: SharedNetwork,
    controller: Controller,
    optimizer: Optimizer,
    baseline: MovingAverage,
    x: ArrayLike,
    y: ArrayLike,
    steps: int,
    reward_size: int,
    rng: np.random.Generator,
) -> tuple[list[float], list[float]]:
    """Some steps of REINFORCE with the shared weights fixed.

    Parameters
    ----------
    shared, controller, rng
        As in `search`; rng is a generator.
    optimizer : Optimizer, built on `controller`
    baseline : MovingAverage
    x, y : arrays
        Data that trained no weight.
    steps : int
    reward_size : int
        The reward of a child is its accuracy on so many random examples of x, y.

    Returns
    -------
    rewards, baselines : lists of float

    Examples
    --------
    >>> shared = SharedNetwork(nodes=1, channels=2, image_size=8, classes=2, rng=0)
    >>> controller = Controller(shared.choices, rng=0)
    >>> x, y = np.zeros((4, 1, 8, 8), np.float32), np.array([0, 1, 0, 1])
    >>> rng = np.random.default_rng(0)
    >>> optimizer = SGD(controller, 0.1)
    >>> rewards, _ = train_controller(shared, controller, optimizer, MovingAverage(), x, y, 2, 4, rng)
    >>> rewards
    [0.5, 0.5]
    """
    x, y = plain_array("x", x), plain_array("y", y)
    rewards, baselines = list[float](), list[float]()
    reward_size = integer("reward_size", reward_size, 1)
    for _ in range(integer("steps", steps, 0)):
        decisions = controller.sample(rng)
        chosen = rng.choice(len(x), size=min(reward_size, len(x)), replace=False)
        reward = accuracy(shared.child(decisions).eval().forward(x[chosen]), y[chosen])
        controller.reinforce(decisions, baseline.advantage(reward))
        optimizer.step()
        rewards.append(reward)
        assert baseline.value is not None  # since it has seen a reward
        baselines.append(baseline.value)
    return rewards, baselines


def derive(
    shared: SharedNetwork,
    controller: Controller,
    x: ArrayLike,
    y: ArrayLike,
    candidates: int,
    rng: np.random.Generator,
) -> tuple[tuple[int, ...], float]:
    """The best of some sampled children, to be trained from scratch.

    Parameters
    ----------
    shared, controller, rng
        As in `search`; rng is a generator.
    x, y : arrays
        What the children are compared on.
    candidates : int
        How many are sampled.

    Returns
    -------
    decisions : tuple of int
    share : float
        Its accuracy on x, y.

    Examples
    --------
    >>> shared = SharedNetwork(nodes=1, channels=2, image_size=8, classes=2, rng=0)
    >>> controller = Controller(shared.choices, rng=0)
    >>> x, y = np.zeros((4, 1, 8, 8), np.float32), np.array([0, 1, 0, 1])
    >>> rng = np.random.default_rng(0)
    >>> decisions, share = derive(shared, controller, x, y, candidates=5, rng=rng)
    >>> len(decisions), share
    (2, 0.5)
    """
    best: tuple[int, ...] = ()
    best_accuracy = -1.0
    for decisions in sorted({controller.sample(rng) for _ in range(integer("candidates", candidates, 1))}):
        score = evaluate(shared.child(decisions), x, y)
        if score > best_accuracy:
            best, best_accuracy = decisions, score
    return best, best_accuracy


def search(
    shared: SharedNetwork,
    controller: Controller,
    training: tuple[ArrayLike, ArrayLike],
    validation: tuple[ArrayLike, ArrayLike],
    epochs: int = 5,
    controller_steps: int = 30,
    batch_size: int = 64,
    reward_size: int = 256,
    lr: float = 0.006,
    controller_lr: float = 0.01,
    rng: Rng = None,
) -> SearchHistory:
    """Search the children of `shared` with `controller`; both learn in place. Then `derive` picks a child.

    Parameters
    ----------
    shared : SharedNetwork
    controller : Controller, built on `shared.choices`
    training : (x, y)
        Trains the shared weights.
    validation : (x, y)
        Other examples, which reward the controller.
    epochs, controller_steps : int
        Rounds of one pass through the training data and so many steps of the controller.
    batch_size, reward_size : int
        Examples in a minibatch for the weights, and for a reward.
    lr, controller_lr : float
        Of Adam, for the weights and for the controller.
    rng : np.random.Generator, seed or None
        The same seed finds the same network.

    Returns
    -------
    history : SearchHistory

    Notes
    -----
    Pham et al. 2018, section 2.2.

    Examples
    --------
    >>> shared = SharedNetwork(nodes=1, channels=2, image_size=8, classes=2, rng=0)
    >>> controller = Controller(shared.choices, rng=0)
    >>> x, y = np.zeros((4, 1, 8, 8), np.float32), np.array([0, 1, 0, 1])
    >>> rng = np.random.default_rng(0)
    >>> history = search(shared, controller, (x, y), (x, y), epochs=2, controller_steps=3, rng=rng)
    >>> len(history.loss), len(history.rewards)
    (2, 6)
    """
    if controller.choices != shared.choices:
        raise ValueError(f"controller decides {controller.choices}, but shared needs {shared.choices}")
    rng = np.random.default_rng(rng)
    history = SearchHistory()
    weight_optimizer = Adam(shared, lr)
    controller_optimizer = Adam(controller, controller_lr)
    baseline = MovingAverage()
    for _ in range(integer("epochs", epochs, 0)):
        loss = train_shared_weights(shared, controller, weight_optimizer, *training, batch_size, rng)
        rewards, baselines = train_controller(
            shared, controller, controller_optimizer, baseline, *validation, controller_steps, reward_size, rng
        )
        history.loss.append(loss)
        history.rewards += rewards
        history.baselines += baselines
    return history
