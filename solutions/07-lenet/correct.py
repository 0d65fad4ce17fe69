# %% hand-row: computed
HAND_WINDOWS = sliding_window_view(HAND_X, (2, 2))
hand_row = ((HAND_WINDOWS * HAND_KERNELS[1]).sum(axis=(2, 3)) + HAND_BIASES[1])[0]

# %% hand-row: a-list
hand_row = [2, 1, -3]

# %% hand-pooled: computed
hand_pooled = []
for number in range(2):
    hand_map = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            hand_map[i, j] = (HAND_X[i : i + 2, j : j + 2] * HAND_KERNELS[number]).sum() + HAND_BIASES[number]
    hand_map = np.maximum(hand_map, 0)
    hand_pooled += [float(hand_map[i : i + 2, j : j + 2].max()) for i in range(2) for j in range(2)]

# %% hand-scores: computed
hand_v = np.array([4, 5, 4, 5, 3, 3, 3, 3])
hand_w = np.array(
    [[0.5, 0, -0.5, 0, 0.5, 0, 0, -0.5], [0, 0.5, 0, 0.5, -1, 0, 0.5, 0], [-0.5, 0, 0.5, 0, 0, 0.5, 0, 0]]
)
hand_scores = hand_w @ hand_v + np.array([0, -1, 0.5])

# %% hand-scores: whole-numbers
hand_scores = (0, 2.5, 2)

# %% hand-probability: computed
hand_e = np.exp([0, 2.5, 2.0])
hand_probability = (hand_e / hand_e.sum()).max()

# %% c3-table: counted
c3_counts = (sum(len(inputs) for inputs in C3_TABLE), 25 * sum(len(inputs) for inputs in C3_TABLE) + 16)


# %% lenet5: float64-and-a-loop
class LeNet5(Sequential):
    def __init__(self, rng):
        layers = []
        for shape in [(6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84)]:
            w = rng.standard_normal(shape) * (2 / np.prod(shape[1:])) ** 0.5
            b = np.zeros(shape[0])
            if len(shape) == 4:
                layers += [Conv2d(w, b, 1, 2 if shape[1] == 1 else 0), ReLU(), MaxPool2d()]
                continue
            if shape[1] == 400:
                layers.append(Flatten())
            layers.append(Linear(w, b))
            if shape[0] > 10:
                layers.append(ReLU())
        Sequential.__init__(self, layers)


# %% lenet5: holds-a-sequential
def start_values(rng, *shape):
    fan_in = 1
    for size in shape[1:]:
        fan_in *= size
    return rng.normal(scale=np.sqrt(2.0 / fan_in), size=shape), np.zeros(shape[0])


class LeNet5:
    def __init__(self, rng):
        self.net = Sequential(
            [
                Conv2d(*start_values(rng, 6, 1, 5, 5), 1, 2),
                ReLU(),
                MaxPool2d(2),
                Conv2d(*start_values(rng, 16, 6, 5, 5)),
                ReLU(),
                MaxPool2d(2),
                Flatten(),
                Linear(*start_values(rng, 120, 400)),
                ReLU(),
                Linear(*start_values(rng, 84, 120)),
                ReLU(),
                Linear(*start_values(rng, 10, 84)),
            ]
        )
        self.layers = self.net.layers
        self.params = self.net.params

    @property
    def grads(self):
        return self.net.grads

    def forward(self, x):
        return self.net.forward(x)

    def backward(self, dout):
        return self.net.backward(dout)


# %% lenet5: layers-by-name
class LeNet5:
    def __init__(self, rng):
        def he(*shape):
            w = (np.sqrt(2 / np.prod(shape[1:])) * rng.standard_normal(shape)).astype(np.float32)
            return w, np.zeros(shape[0], dtype=np.float32)

        self.named = {
            "c1": Conv2d(*he(6, 1, 5, 5), padding=2),
            "a1": ReLU(),
            "s2": MaxPool2d(2),
            "c3": Conv2d(*he(16, 6, 5, 5)),
            "a3": ReLU(),
            "s4": MaxPool2d(2),
            "flat": Flatten(),
            "c5": Linear(*he(120, 400)),
            "a5": ReLU(),
            "f6": Linear(*he(84, 120)),
            "a6": ReLU(),
            "out": Linear(*he(10, 84)),
        }
        self.grads = {}
        self.params = {
            f"{name}_{key}": self.named[name].params[key]
            for name in ("c1", "c3", "c5", "f6", "out")
            for key in ("w", "b")
        }

    def forward(self, x):
        for layer in self.named.values():
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in list(self.named.values())[::-1]:
            dout = layer.backward(dout)
        for name in self.params:
            layer, key = name.split("_")
            self.grads[name] = self.named[layer].grads[key]
        return dout


# %% lenet5: pools-before-relu
class LeNet5(Sequential):
    def __init__(self, rng):
        def he(*shape):
            return rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape), np.zeros(shape[0])

        top = Linear(*he(10, 84))
        dense = [Flatten(), Linear(*he(120, 400)), ReLU(), Linear(*he(84, 120)), ReLU(), top]
        convolutions = [Conv2d(*he(6, 1, 5, 5), padding=2), MaxPool2d(2), ReLU()]
        convolutions += [Conv2d(*he(16, 6, 5, 5)), MaxPool2d(2), ReLU()]
        super().__init__(convolutions + dense)


# %% lenet5: without-layers
class LeNet5:
    def __init__(self, rng):
        self.params, self.grads = {}, {}
        shapes = {"1": (6, 1, 5, 5), "2": (16, 6, 5, 5), "3": (120, 400), "4": (84, 120), "5": (10, 84)}
        for name, shape in shapes.items():
            self.params["w" + name] = rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
            self.params["b" + name] = np.zeros(shape[0])

    def _round(self, x, w, b, padding):
        p = padding
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        windows = sliding_window_view(padded, (5, 5), axis=(2, 3))
        before = np.einsum("nchwkl,fckl->nfhw", windows, w) + b[:, None, None]
        after = np.maximum(before, 0)
        N, F, H, W = after.shape
        tiles = after.reshape(N, F, H // 2, 2, W // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(N, F, H // 2, W // 2, 4)
        return tiles.max(axis=-1), (padded.shape, windows, before, tiles.argmax(axis=-1), p)

    def forward(self, x):
        q = self.params
        s2, self.first = self._round(x, q["w1"], q["b1"], 2)
        s4, self.second = self._round(s2, q["w2"], q["b2"], 0)
        self.hidden = [s4.reshape(len(x), 400)]
        for name in "34":
            self.hidden.append(np.maximum(self.hidden[-1] @ q["w" + name].T + q["b" + name], 0))
        return self.hidden[-1] @ q["w5"].T + q["b5"]

    def _round_back(self, dout, w, name, kept):
        shape, windows, before, winner, p = kept
        N, F, H, W = before.shape
        tiles = (np.arange(4) == winner[..., None]) * dout[..., None]
        d = tiles.reshape(N, F, H // 2, W // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(before.shape)
        d = np.where(before > 0, d, 0)
        self.grads["w" + name] = np.einsum("nfhw,nchwkl->fckl", d, windows)
        self.grads["b" + name] = d.sum(axis=(0, 2, 3))
        dx = np.zeros(shape)
        for u in range(5):
            for v in range(5):
                dx[:, :, u : u + H, v : v + W] += np.einsum("nfhw,fc->nchw", d, w[:, :, u, v])
        return dx[:, :, p : shape[2] - p, p : shape[3] - p]

    def backward(self, dout):
        q = self.params
        for name, hidden in (("5", self.hidden[2]), ("4", self.hidden[1]), ("3", self.hidden[0])):
            self.grads["w" + name] = dout.T @ hidden
            self.grads["b" + name] = dout.sum(axis=0)
            dout = dout @ q["w" + name]
            if name != "3":
                dout = dout * (hidden > 0)
        dout = self._round_back(dout.reshape(-1, 16, 5, 5), q["w2"], "2", self.second)
        return self._round_back(dout, q["w1"], "1", self.first)


# %% train: shuffles-an-order
def train(model, optimizer, x, y, epochs, batch_size, rng):
    losses = []
    for epoch in range(epochs):
        order = np.arange(len(x))
        rng.shuffle(order)
        start = 0
        while start < len(x):
            rows = order[start : start + batch_size]
            loss, dscores = softmax_cross_entropy(model.forward(x[rows]), y[rows])
            model.backward(dscores)
            optimizer.step()
            losses.append(float(loss))
            start += batch_size
    return losses


# %% train: mixed-copies
def train(model, optimizer, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        mixed_x, mixed_y = x[order], y[order]
        for n in range(-(-len(x) // batch_size)):
            part = slice(n * batch_size, (n + 1) * batch_size)
            loss, dscores = softmax_cross_entropy(model.forward(mixed_x[part]), mixed_y[part])
            model.backward(dscores)
            optimizer.step()
            losses += [float(loss)]
    return losses


# %% train: pieces-by-split
def train(model, optimizer, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        for rows in np.split(rng.permutation(len(x)), range(batch_size, len(x), batch_size)):
            loss, dscores = softmax_cross_entropy(model.forward(x[rows]), y[rows])
            model.backward(dscores)
            optimizer.step()
            losses.append(float(loss))
    return losses


# %% train: generator-and-helper
def batches(n, epochs, batch_size, rng):
    for _ in range(epochs):
        order = rng.permutation(n)
        yield from (order[start : start + batch_size] for start in range(0, n, batch_size))


def one_step(model, optimizer, x, y):
    loss, dscores = softmax_cross_entropy(model.forward(x), y)
    model.backward(dscores)
    optimizer.step()
    return float(loss)


def train(model, optimizer, x, y, epochs, batch_size, rng):
    return [one_step(model, optimizer, x[rows], y[rows]) for rows in batches(len(x), epochs, batch_size, rng)]


# %% train: row-by-row
def train(model, optimizer, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        waiting = []
        for row in rng.permutation(len(x)).tolist():
            waiting.append(row)
            if len(waiting) == batch_size:
                losses.append(_learn(model, optimizer, x, y, waiting))
                waiting = []
        if waiting:
            losses.append(_learn(model, optimizer, x, y, waiting))
    return losses


def _learn(model, optimizer, x, y, rows):
    scores = model.forward(x[np.array(rows)])
    loss, dscores = given_softmax_cross_entropy(scores, y[np.array(rows)])
    model.backward(dscores)
    optimizer.step()
    return loss


# %% fit-digits: one-call
def fit(x, y, epochs, rng, report=None):
    model = LeNet5(rng)
    losses = train(model, Adam(model, 2e-3), x, y, epochs, 16, rng)
    if report is not None:
        report(losses)
    return model


# %% fit-digits: momentum
def fit(x, y, epochs, rng, report=None):
    model = LeNet5(rng)
    optimizer = Momentum(model, 0.01)
    for epoch in range(epochs):
        losses = train(model, optimizer, x, y, 1, 10, rng)
        if report:
            report(losses)
    return model


# %% fit-digits: moved-and-small-batches
def fit(x, y, epochs, rng, report=None):
    model = LeNet5(rng)
    optimizer = Adam(model, 2e-3)
    for epoch in range(epochs):
        losses = train(model, optimizer, moved(x, rng), y, 1, 20, rng)
        if report:
            report(losses)
    return model


# %% leak-case: searched
def failing_case_leak():
    for seed in range(100):
        if in_both_buggy(6, 3, seed) > 1:
            return 6, 3, seed


# %% leak-mend: shuffled
def split(n, held_out, rng):
    order = np.arange(n)
    rng.shuffle(order)
    return order[: n - held_out], order[n - held_out :]


# %% leak-mend: chosen-and-the-others
def split(n, held_out, rng):
    test = rng.choice(n, held_out, replace=False)
    return np.setdiff1d(np.arange(n), test), test


# %% leak-mend: sorted-random-numbers
def split(n, held_out, rng):
    order = np.argsort(rng.random(n))
    training, test = np.split(order, [n - held_out])
    return training, test


# %% leak-mend: mask
def split(n, held_out, rng):
    held = np.zeros(n, bool)
    held[rng.permutation(n)[:held_out]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


# %% leak-mend: lists
def split(n, held_out, rng):
    left, test = list(range(n)), []
    while len(test) < held_out:
        test.append(left.pop(int(rng.integers(len(left)))))
    return left, test


# %% confusion-matrix: add-at
def confusion_matrix(y, predicted, classes):
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (y, predicted), 1)
    return counts


# %% confusion-matrix: bincount
def confusion_matrix(y, predicted, classes):
    pairs = np.asarray(y, int) * classes + predicted
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


# %% confusion-matrix: one-hot-product
def confusion_matrix(y, predicted, classes):
    return np.eye(classes, dtype=int)[y].T @ np.eye(classes, dtype=int)[predicted]


# %% confusion-matrix: comparisons
def confusion_matrix(y, predicted, classes):
    return [[int(np.sum((y == true) & (predicted == guess))) for guess in range(classes)] for true in range(classes)]


# %% confusion-matrix: einsum
def confusion_matrix(y, predicted, classes):
    true = (y[:, None] == np.arange(classes)).astype(int)
    guess = (predicted[:, None] == np.arange(classes)).astype(int)
    return np.einsum("ni,nj->ij", true, guess)


# %% most-liked: one-hot-dout
def most_liked(model, x, channel, steps, step_size):
    for _ in range(steps):
        shape = np.shape(model.forward(x))
        dout = np.zeros(shape)
        dout[0, channel, :, :] = np.ones(shape[2:])
        dx = model.backward(dout)
        length = np.sqrt((dx**2).sum())
        if length:
            x = np.minimum(np.maximum(x + step_size / length * dx, 0), 1)
    return np.array(x)


# %% most-liked: safe-division
def most_liked(model, x, channel, steps, step_size):
    image = x.copy()
    for _ in range(steps):
        out = model.forward(image)
        chosen = (np.arange(out.shape[1]) == channel).astype(float)
        dout = np.broadcast_to(chosen[:, None, None], out.shape).copy()
        dx = model.backward(dout)
        image = image + step_size * dx / max(np.linalg.norm(dx), 1e-30)
        image = image.clip(0, 1)
    return image


# %% most-liked: in-place-on-a-copy
def most_liked(model, x, channel, steps, step_size):
    image = np.array(x, dtype=float)
    for _ in range(steps):
        dout = np.zeros_like(model.forward(image))
        dout[:, channel] += 1
        dx = model.backward(dout)
        squares = float(np.sum(dx * dx))
        if squares == 0:
            break
        image += step_size * dx * squares**-0.5
        np.clip(image, 0, 1, out=image)
    return image


# %% most-liked: recursive
def most_liked(model, x, channel, steps, step_size):
    if steps == 0:
        return np.array(x)
    out = model.forward(x)
    dout = out * 0
    dout[:, channel] = 1
    dx = model.backward(dout)
    length = np.sqrt(np.einsum("nchw,nchw->", dx, dx))
    if length == 0:
        return np.array(x)
    return most_liked(model, np.clip(x + dx * (step_size / length), 0.0, 1.0), channel, steps - 1, step_size)


# %% most-liked: flat-vectors
def most_liked(model, x, channel, steps, step_size):
    shape, values = x.shape, x.reshape(-1).tolist()
    for _ in range(steps):
        out = model.forward(np.array(values).reshape(shape))
        dout = np.zeros(out.shape)
        dout[:, channel] = 1.0
        slopes = model.backward(dout).reshape(-1).tolist()
        length = sum(slope**2 for slope in slopes) ** 0.5
        if length > 0:
            values = [min(1.0, max(0.0, v + step_size * s / length)) for v, s in zip(values, slopes)]
    return np.array(values).reshape(shape)
