"""A policy that writes networks, decision by decision, and learns from how well they did."""

from collections.abc import Sequence

import numpy as np

from reference.arguments import Real, Rng, integer
from reference.initializers import glorot_normal, normal


class Controller:
    """A recurrent network that samples decisions: what it chose before shapes what it chooses next.

        h_0 = tanh(start),  h_t = tanh(u h_(t-1) + e_(t-1)[a_(t-1)])
        a_t ~ softmax(v_t h_t)

    At first all options are nearly equally likely. An optimizer can be built on a controller.

    Parameters
    ----------
    choices : list of int
        The number of options of each decision.
    hidden : int
        Length of h.
    rng : np.random.Generator, seed or None
        For the start values.

    Attributes
    ----------
    params : dict
        start (hidden,), u (hidden, hidden) and, for decision t, v<t> (options, hidden) and e<t> (options, hidden),
        float64.

    Notes
    -----
    Pham et al. 2018, section 2.1, with a plain recurrent cell in place of their LSTM of 100 units.

    Examples
    --------
    >>> controller = Controller([2, 3], rng=0)
    >>> before = controller.log_probability((1, 2))
    >>> optimizer = SGD(controller, lr=0.5)
    >>> controller.reinforce((1, 2), advantage=1.0)
    >>> optimizer.step()
    >>> controller.log_probability((1, 2)) > before
    True
    """

    def __init__(self, choices: Sequence[int], hidden: int = 16, rng: Rng = None) -> None:
        self.choices = [integer("choices", options, 1) for options in choices]
        hidden = integer("hidden", hidden, 1)
        rng = np.random.default_rng(rng)
        small = normal(0.1)
        self.params = {
            "start": small((hidden,), rng, np.float64),
            "u": glorot_normal((hidden, hidden), rng, np.float64),
        }
        for t, options in enumerate(self.choices):
            self.params[f"v{t}"] = small((options, hidden), rng, np.float64)
            self.params[f"e{t}"] = small((options, hidden), rng, np.float64)
        self.grads: dict[str, np.ndarray] = {}

    def sample(self, rng: np.random.Generator) -> tuple[int, ...]:
        """Draw one tuple of decisions."""
        decisions: list[int] = []
        h = None
        for t in range(len(self.choices)):
            h, p = self._next(h, decisions)
            decisions.append(int(rng.choice(self.choices[t], p=p)))
        return tuple(decisions)

    def log_probability(self, decisions: Sequence[int]) -> float:
        """log of the probability that `sample` draws `decisions`."""
        _, probabilities = self._run(decisions)
        return float(sum(np.log(p[a]) for p, a in zip(probabilities, decisions, strict=True)))

    def reinforce(self, decisions: Sequence[int], advantage: float) -> None:
        """Fill `grads` so that a step downhill makes `decisions` likelier where `advantage` is positive.

        grads = -advantage * d log_probability(decisions) / d params. Over samples, with advantage = reward
        minus anything that does not depend on the sample, its mean is the gradient of minus the expected
        reward. (Williams 1992, "Simple statistical gradient-following algorithms", theorem 1)
        """
        hs, probabilities = self._run(decisions)
        u = self.params["u"]
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}
        dh = np.zeros_like(hs[0])
        for t in reversed(range(len(decisions))):
            dlogits = advantage * probabilities[t]
            dlogits[decisions[t]] -= advantage
            self.grads[f"v{t}"] = np.outer(dlogits, hs[t])
            dh += self.params[f"v{t}"].T @ dlogits
            dz = dh * (1 - hs[t] ** 2)
            if t == 0:
                self.grads["start"] = dz
            else:
                self.grads["u"] += np.outer(dz, hs[t - 1])
                self.grads[f"e{t - 1}"][decisions[t - 1]] = dz
                dh = u.T @ dz

    def _next(self, h: np.ndarray | None, decisions: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """State and probabilities of decision t = len(decisions), after the state h and the decisions so far."""
        t = len(decisions)
        z = self.params["start"] if t == 0 else self.params["u"] @ h + self.params[f"e{t - 1}"][decisions[-1]]
        h = np.tanh(z)
        logits = self.params[f"v{t}"] @ h
        p = np.exp(logits - logits.max())
        return h, p / p.sum()

    def _run(self, decisions: Sequence[int]) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """States and probabilities of all decisions, when they fall as given."""
        if len(decisions) != len(self.choices):
            raise ValueError(f"decisions has {len(decisions)} entries, but choices has {len(self.choices)}")
        hs, probabilities, h = [], [], None
        for t in range(len(decisions)):
            h, p = self._next(h, decisions[:t])
            hs.append(h)
            probabilities.append(p)
        return hs, probabilities


class MovingAverage:
    """The baseline of REINFORCE: an exponential moving average of the rewards seen so far.

    It does not change the mean of the gradient, only, and much, its variance.

    Parameters
    ----------
    decay : float in [0, 1)
        How much of the average each new reward leaves.

    Examples
    --------
    >>> baseline = MovingAverage(decay=0.5)
    >>> [baseline.advantage(reward) for reward in (1.0, 2.0, 2.0)]
    [0.0, 1.0, 0.5]
    """

    decay = Real(least=0, below=1)

    def __init__(self, decay: float = 0.9) -> None:
        self.decay = decay
        self.value: float | None = None

    def advantage(self, reward: float) -> float:
        """Return `reward` minus the average so far (0 for the first), then take it into the average."""
        if self.value is None:
            self.value = reward
        advantage = reward - self.value
        self.value += (1 - self.decay) * advantage
        return advantage
