"""The search: train the shared weights and the controller in turns, then take the best child."""

from dataclasses import dataclass, field

import numpy as np

from reference.architecture_search.controller import MovingAverage
from reference.arguments import integer
from reference.losses import accuracy
from reference.optimizers import Adam
from reference.training import evaluate, minibatches, train_step


@dataclass
class SearchHistory:
    """What `search` saw.

    loss : mean loss of the children of each epoch, while the shared weights are trained.
    rewards, baselines : for each step of the controller, accuracy of its child on a minibatch of validation
        data, and the moving average it was compared with.
    """

    loss: list = field(default_factory=list)
    rewards: list = field(default_factory=list)
    baselines: list = field(default_factory=list)


def train_shared_weights(shared, controller, optimizer, x, y, batch_size, rng):
    """One epoch with the controller fixed: a new child for each minibatch. Return the mean loss.

    The gradient of one child's loss is, in the mean over children, that of the expected loss.
    (Pham et al. 2018, section 2.2, equation 1 with M = 1)
    """
    losses = []
    for batch_x, batch_y in minibatches(x, y, batch_size, rng):
        shared.clear_grads()
        child = shared.child(controller.sample(rng)).train()
        loss, _ = train_step(child, optimizer, batch_x, batch_y)
        losses.append(loss)
    return float(np.mean(losses))


def train_controller(shared, controller, optimizer, baseline, x, y, steps, reward_size, rng):
    """`steps` steps of REINFORCE with the shared weights fixed. Return (rewards, baselines).

    The reward of a child is its accuracy on `reward_size` random examples of x, y: data that trained no
    weight.
    """
    rewards, baselines = [], []
    reward_size = integer("reward_size", reward_size, 1)
    for _ in range(integer("steps", steps, 0)):
        decisions = controller.sample(rng)
        chosen = rng.choice(len(x), size=min(reward_size, len(x)), replace=False)
        reward = accuracy(shared.child(decisions).eval().forward(x[chosen]), y[chosen])
        controller.reinforce(decisions, baseline.advantage(reward))
        optimizer.step()
        rewards.append(reward)
        baselines.append(baseline.value)
    return rewards, baselines


def derive(shared, controller, x, y, candidates, rng):
    """The best of `candidates` sampled children, to be trained from scratch.

    Return (decisions, accuracy on x, y).
    """
    best, best_accuracy = None, -1.0
    for decisions in sorted({controller.sample(rng) for _ in range(integer("candidates", candidates, 1))}):
        score = evaluate(shared.child(decisions), x, y)
        if score > best_accuracy:
            best, best_accuracy = decisions, score
    return best, best_accuracy


def search(
    shared,
    controller,
    training,
    validation,
    epochs=5,
    controller_steps=30,
    batch_size=64,
    reward_size=256,
    lr=0.006,
    controller_lr=0.01,
    rng=None,
):
    """Search the children of `shared` with `controller`; both learn in place.

    (Pham et al. 2018, section 2.2)

    Parameters
    ----------
    shared : SharedNetwork
    controller : Controller, built on `shared.choices`.
    training : (x, y), trains the shared weights.
    validation : (x, y), other examples, rewards the controller.
    epochs : int, rounds of one pass through the training data and `controller_steps` steps of the controller.
    batch_size, reward_size : int, examples in a minibatch for the weights, and for a reward.
    lr, controller_lr : float, of Adam, for the weights and for the controller.
    rng : np.random.Generator, seed or None: the same seed finds the same network.

    Returns `SearchHistory`; then `derive` picks a child.
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
