# %% weight-counts: helper
def product(numbers):
    result = 1
    for number in numbers:
        result *= number
    return result


def weight_counts(input_shape, out_channels, kernel_size):
    kernel = (kernel_size, kernel_size) if np.isscalar(kernel_size) else tuple(kernel_size)
    outputs = [out_channels] + [n - k + 1 for n, k in zip(input_shape[1:], kernel, strict=True)]
    window = input_shape[0] * product(kernel)
    return product(input_shape) * product(outputs), window * product(outputs), window * out_channels


# %% weight-counts: a-loop-over-outputs
def weight_counts(input_shape, out_channels, kernel_size):
    try:
        kh, kw = kernel_size
    except TypeError:
        kh = kw = kernel_size
    channels, height, width = input_shape
    full = local = shared = 0
    for top in range(height - kh + 1):
        full += channels * height * width * out_channels * (width - kw + 1)
        local += channels * kh * kw * out_channels * (width - kw + 1)
        shared = out_channels * channels * kh * kw
    return [full, local, shared]


# %% weight-counts: from-the-convolution
def weight_counts(input_shape, out_channels, kernel_size):
    import math

    if isinstance(kernel_size, int):
        kernel_size = kernel_size, kernel_size
    C, H, W = input_shape
    shared = out_channels * C * math.prod(kernel_size)
    outputs_per_map = (H + 1 - kernel_size[0]) * (W + 1 - kernel_size[1])
    local = shared * outputs_per_map
    full = C * H * W * out_channels * outputs_per_map
    return full, local, shared


# %% weight-counts: numpy-integers
def weight_counts(input_shape, out_channels, kernel_size):
    k = np.broadcast_to(np.asarray(kernel_size, dtype=object), (2,))
    size = np.asarray(input_shape[1:], dtype=object) - k + 1
    window = input_shape[0] * k[0] * k[1]
    outputs = out_channels * size[0] * size[1]
    everything = np.multiply.reduce(np.asarray(input_shape, dtype=object))
    return int(everything * outputs), int(window * outputs), int(window * out_channels)


# %% weight-counts: dictionary-of-counts
def weight_counts(input_shape, out_channels, kernel_size):
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * 2
    C, H, W = input_shape
    outputs = out_channels * len(range(kh, H + 1)) * len(range(kw, W + 1))
    seen = {"full": C * H * W, "local": C * kh * kw}
    return outputs * seen["full"], outputs * seen["local"], out_channels * seen["local"]


# %% shared-gradient: plain-loop
def shared_gradient(dweights, which, count):
    total = np.zeros(count)
    for k, d in zip(which.ravel(), dweights.ravel(), strict=True):
        if k >= 0:
            total[k] += d
    return total


# %% shared-gradient: mask-and-add-at
def shared_gradient(dweights, which, count):
    total = np.zeros(count)
    connected = which != -1
    np.add.at(total, which[connected], dweights[connected])
    return total


# %% shared-gradient: sum-for-each-weight
def shared_gradient(dweights, which, count):
    return np.array([np.sum(dweights, where=which == k) for k in range(count)])


# %% shared-gradient: one-hot-matrix
def shared_gradient(dweights, which, count):
    places = np.arange(count)[:, None] == which.reshape(1, -1)
    return places @ dweights.reshape(-1)


# %% shared-gradient: one-more-place
def shared_gradient(dweights, which, count):
    total = np.zeros(count + 1)  # the last place collects what has no connection
    for e in np.ndindex(*which.shape):
        total[which[e]] += dweights[e]
    return total[:count]


# %% sample-choice: walk-along
def sample_choice(logits, u):
    p = np.exp(logits - max(logits))
    p = p / sum(p)
    end = 0.0
    for k in range(len(p)):
        end += p[k]
        if u < end:
            return k
    return len(p) - 1


# %% sample-choice: searchsorted
def sample_choice(logits, u):
    shifted = np.asarray(logits) - np.max(logits)
    ends = np.cumsum(np.exp(shifted)) / np.exp(shifted).sum()
    return min(int(np.searchsorted(ends, u, side="right")), len(ends) - 1)


# %% sample-choice: first-true
def sample_choice(logits, u):
    e = np.exp(logits - logits.max())
    return int(np.argmax(e.cumsum() > u * e.sum()))


# %% sample-choice: subtract-as-you-go
def sample_choice(logits, u):
    weights = [float(np.exp(one - np.max(logits))) for one in logits]
    left, k = u * sum(weights), 0
    while left >= weights[k] and k < len(weights) - 1:
        left -= weights[k]
        k += 1
    return k


# %% sample-choice: log-sum-exp
def sample_choice(logits, u):
    log_total = np.logaddexp.reduce(np.asarray(logits, float))
    ends = np.cumsum(np.exp(np.asarray(logits) - log_total))
    return sum(1 for end in ends[:-1] if end <= u)


# %% reinforce-gradient: one-hot
def reinforce_gradient(logits, choice, advantage):
    e = np.exp(logits - logits.max())
    return -advantage * (np.eye(len(logits))[choice] - e / e.sum())


# %% reinforce-gradient: log-sum-exp
def reinforce_gradient(logits, choice, advantage):
    log_p = logits - np.logaddexp.reduce(logits)
    gradient = advantage * np.exp(log_p)
    gradient[choice] -= advantage
    return gradient


# %% reinforce-gradient: loop
def reinforce_gradient(logits, choice, advantage):
    top = max(logits)
    total = sum(np.exp(one - top) for one in logits)
    gradient = []
    for k, one in enumerate(logits):
        drawn = 1.0 if k == choice else 0.0
        gradient.append(-advantage * (drawn - np.exp(one - top) / total))
    return np.array(gradient)


# %% reinforce-gradient: jacobian-of-softmax
def reinforce_gradient(logits, choice, advantage):
    p = np.exp(logits - np.max(logits))
    p /= p.sum()
    jacobian = np.eye(len(p)) - p  # row k: d log p[k] / d logits
    return -advantage * jacobian[choice]


# %% reinforce-gradient: differences-of-logits
def reinforce_gradient(logits, choice, advantage):
    with np.errstate(over="ignore"):
        p = 1 / np.exp(logits[None, :] - logits[:, None]).sum(axis=1)
    return advantage * np.where(np.arange(len(p)) == choice, p - 1, p)


# %% moving-baseline: difference-form
class MovingBaseline:
    def __init__(self, decay=0.9):
        self.decay, self.value = decay, None

    def advantage(self, reward):
        if self.value is None:
            self.value = reward
            return 0.0
        difference = reward - self.value
        self.value += (1 - self.decay) * difference
        return difference


# %% moving-baseline: history
class MovingBaseline:
    def __init__(self, decay=0.9):
        self.decay = decay
        self.rewards = []

    @property
    def value(self):
        if not self.rewards:
            return None
        average = self.rewards[0]
        for reward in self.rewards[1:]:
            average = self.decay * average + (1 - self.decay) * reward
        return average

    def advantage(self, reward):
        before = self.value
        self.rewards.append(reward)
        return 0.0 if before is None else reward - before


# %% moving-baseline: dataclass
from dataclasses import dataclass


@dataclass
class MovingBaseline:
    decay: float = 0.9
    value: float | None = None

    def advantage(self, reward):
        before = reward if self.value is None else self.value
        self.value = self.decay * before + (1 - self.decay) * reward
        return reward - before


# %% moving-baseline: flag
class MovingBaseline:
    def __init__(self, decay=0.9):
        self.decay = decay
        self.seen = False
        self.value = None

    def advantage(self, reward):
        if not self.seen:
            self.seen = True
            self.value = float(reward)
        result = reward - self.value
        self.value = self.value + (reward - self.value) * (1 - self.decay)
        return result


# %% moving-baseline: two-sums
class MovingBaseline:
    def __init__(self, decay=0.9):
        self.decay = decay
        self.value = None

    def advantage(self, reward):
        old = self.value
        parts = [(1.0, reward)] if old is None else [(self.decay, old), (1 - self.decay, reward)]
        self.value = sum(share * number for share, number in parts)
        return reward - (reward if old is None else old)


# %% rank-correlation: double-argsort
def rank_correlation(a, b):
    def ranks(values):
        values = np.asarray(values)
        places = np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)
        for value in np.unique(values):
            places[values == value] = places[values == value].mean()
        return places

    return correlation(ranks(a), ranks(b))


# %% rank-correlation: unique-counts
def rank_correlation(a, b):
    both = []
    for values in (a, b):
        _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
        ends = np.cumsum(counts)
        both.append((ends - (counts - 1) / 2)[inverse])
    return float(np.corrcoef(both)[0, 1])


# %% rank-correlation: loops
def rank_correlation(a, b):
    def rank(values, i):
        result = 1.0
        for j, other in enumerate(values):
            if other < values[i]:
                result += 1
            elif other == values[i] and j != i:
                result += 0.5
        return result

    ra = [rank(a, i) for i in range(len(a))]
    rb = [rank(b, i) for i in range(len(b))]
    return correlation(np.array(ra), np.array(rb))


# %% rank-correlation: signs
def rank_correlation(a, b):
    ra = np.sign(np.subtract.outer(a, a)).sum(axis=1)
    rb = np.sign(np.subtract.outer(b, b)).sum(axis=1)
    return float(ra @ rb / np.sqrt((ra @ ra) * (rb @ rb)))


# %% rank-correlation: sorted-list
def rank_correlation(a, b):
    def ranks(values):
        in_order = sorted(float(v) for v in values)
        turned = in_order[::-1]
        n = len(in_order)
        # the first and the last place of each value in the sorted list, and their mean
        return np.array([(in_order.index(float(v)) + n - 1 - turned.index(float(v))) / 2 for v in values])

    ra, rb = ranks(a), ranks(b)
    ra, rb = ra - ra.mean(), rb - rb.mean()
    return float(np.sum(ra * rb) / np.sqrt(np.sum(ra**2) * np.sum(rb**2)))


# %% shared-weights: loop
class SharedWeights:
    def __init__(self, weights):
        self.weights = weights
        self.params, self.grads = {}, {}

    def choose(self, choices):
        chosen = {"stem": self.weights["stem"], "head": self.weights["head"]}
        for place in range(len(choices)):
            name = str(place) + "." + OPERATIONS[choices[place]]
            if name in self.weights:
                chosen[name] = self.weights[name]
        self.params = chosen


# %% shared-weights: by-removing
class SharedWeights:
    def __init__(self, weights):
        self.weights = weights
        self.params = {}
        self.grads = {}

    def choose(self, choices):
        kept = dict(self.weights)
        for name in self.weights:
            place, _, operation = name.partition(".")
            if operation and OPERATIONS[choices[int(place)]] != operation:
                del kept[name]
        self.params = kept


# %% shared-weights: one-dict-kept
class SharedWeights:
    def __init__(self, weights):
        self.all = dict(weights)
        self.params = {}
        self.grads = {}

    def choose(self, choices):
        self.params.clear()
        self.params.update(stem=self.all["stem"], head=self.all["head"])
        for place, k in enumerate(choices):
            array = self.all.get(f"{place}.{OPERATIONS[k]}")
            if array is not None:
                self.params[f"{place}.{OPERATIONS[k]}"] = array


# %% shared-weights: set-of-names
class SharedWeights:
    def __init__(self, weights):
        self.weights, self.params, self.grads = weights, {}, {}

    def choose(self, choices):
        wanted = {"stem", "head", *(f"{n}.{OPERATIONS[k]}" for n, k in enumerate(choices))}
        self.params = {name: self.weights[name] for name in wanted & self.weights.keys()}


# %% shared-weights: fixed-operations
class SharedWeights:
    def __init__(self, weights):
        self.weights = weights
        self.params = {}
        self.grads = {}

    def choose(self, choices):
        self.params = {name: self.weights[name] for name in ("stem", "head")}
        for place, number in enumerate(choices):
            if number in (0, 1):
                name = ["{}.conv3x3", "{}.conv1x1"][number].format(place)
                self.params[name] = self.weights[name]
