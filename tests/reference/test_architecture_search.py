"""Architecture search: weights are shared, REINFORCE is unbiased, and the search finds what enumeration finds."""

import itertools
from pathlib import Path

import numpy as np
import pytest

import convschool
from reference import SGD, Adam, avg_pool2d, evaluate, numerical_gradient, softmax_cross_entropy, train_step
from reference.architecture_search import (
    OPERATIONS,
    Controller,
    MovingAverage,
    SharedNetwork,
    derive,
    search,
    train_controller,
    train_shared_weights,
)

CHOICES = [1, 3, 2, 3]


def everything(choices):
    return list(itertools.product(*map(range, choices)))


@pytest.fixture(scope="module")
def digits():
    """The shipped digits, at half their size."""
    with np.load(Path(convschool.__file__).with_name("mnist5k.npz")) as file:
        images = avg_pool2d(file["images"].astype(np.float32)[:, None] / 255, 2)
        return (images - 0.13) / 0.31, file["labels"]


def small(seed=0, dtype=np.float32):
    return SharedNetwork(nodes=2, channels=2, image_size=6, classes=3, rng=seed, dtype=dtype)


def small_data(n=12, seed=1, dtype=np.float32):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 1, 6, 6)).astype(dtype), rng.integers(0, 3, n)


# The shared network


def test_children_share_the_arrays_of_what_they_have_in_common():
    shared = small()
    first, second = shared.child((0, 0, 1, 1)), shared.child((0, 0, 0, 2))
    common = first.params.keys() & second.params.keys()
    assert common == {name for name in shared.params if name.startswith(("stem", "head", "node1.conv3x3"))}
    assert all(first.params[name] is second.params[name] is shared.params[name] for name in common)


def test_training_one_child_moves_what_another_computes_and_nothing_else():
    shared = small()
    x, y = small_data()
    before = {name: p.copy() for name, p in shared.params.items()}
    trained, related = shared.child((0, 0, 1, 3)), shared.child((0, 0, 0, 4))
    scores = related.forward(x)
    train_step(trained, SGD(shared, 0.5), x, y)
    assert not np.array_equal(related.forward(x), scores)
    moved = {name for name, p in shared.params.items() if not np.array_equal(p, before[name])}
    assert moved == trained.params.keys()


def test_weights_that_a_step_did_not_use_do_not_move_with_old_gradients():
    shared = small()
    optimizer = SGD(shared, 0.1)
    x, y = small_data()
    train_step(shared.child((0, 0, 1, 0)), optimizer, x, y)
    before = shared.params["node1.conv3x3.0.w"].copy()
    shared.clear_grads()
    train_step(shared.child((0, 1, 1, 1)), optimizer, x, y)
    np.testing.assert_array_equal(shared.params["node1.conv3x3.0.w"], before)


@pytest.mark.parametrize("decisions", [(0, 0, 1, 2), (0, 3, 0, 1), (0, 2, 0, 4), (0, 4, 1, 3)])
def test_gradients_of_a_child_equal_central_differences(decisions):
    x, y = small_data(3, dtype=np.float64)
    child = small(dtype=np.float64).child(decisions)
    _, dscores = softmax_cross_entropy(child.forward(x), y)
    dx = child.backward(dscores)
    grads = {name: grad.copy() for name, grad in child.grads.items()}
    assert grads.keys() == child.params.keys()

    expected = numerical_gradient(lambda x: softmax_cross_entropy(child.forward(x), y)[0], x, np.float64(1))
    np.testing.assert_allclose(dx, expected, rtol=1e-5, atol=1e-8)
    for name, p in child.params.items():

        def loss(value, p=p):
            old = p.copy()
            p[...] = value
            result = softmax_cross_entropy(child.forward(x), y)[0]
            p[...] = old
            return result

        expected = numerical_gradient(loss, p, np.float64(1))
        np.testing.assert_allclose(grads[name], expected, rtol=1e-5, atol=1e-8, err_msg=name)


def test_every_decision_makes_a_child_of_its_own():
    shared = SharedNetwork(nodes=2, channels=4, image_size=14, classes=3, rng=0)
    assert shared.choices == [1, len(OPERATIONS), 2, len(OPERATIONS)]
    x = np.random.default_rng(1).standard_normal((4, 1, 14, 14)).astype(np.float32)
    outputs = [shared.child(decisions).forward(x).tobytes() for decisions in everything(shared.choices)]
    assert len(outputs) == 50
    assert len(set(outputs)) == 49  # the mean of avg3x3(stem) and max3x3(stem) has no order


def test_a_child_describes_itself():
    shared = small()
    assert shared.child((0, 0, 1, 4)).describe() == "1 = conv3x3(stem), 2 = max3x3(1), scores from 2"
    assert shared.child((0, 2, 0, 1)).describe() == "1 = separable3x3(stem), 2 = conv5x5(stem), scores from 1 and 2"


@pytest.mark.parametrize(
    ("decisions", "message"),
    [((0, 0), "decisions has 2 entries, but choices has 4"), ((0, 9, 0, 0), r"decisions\[1\] is 9")],
)
def test_decisions_that_make_no_child_are_refused(decisions, message):
    with pytest.raises(ValueError, match=message):
        small().child(decisions)


# The controller


def test_probabilities_of_all_networks_add_up_to_one_and_are_those_of_the_samples():
    controller = Controller(CHOICES, rng=0)
    for p in controller.params.values():
        p *= 8  # far from even
    probability = {d: np.exp(controller.log_probability(d)) for d in everything(CHOICES)}
    assert sum(probability.values()) == pytest.approx(1)
    assert max(probability.values()) > 0.15
    rng = np.random.default_rng(0)
    samples = [controller.sample(rng) for _ in range(4000)]
    for decisions, p in probability.items():
        assert abs(samples.count(decisions) / 4000 - p) < 4.5 * np.sqrt(p * (1 - p) / 4000)


def test_later_decisions_depend_on_earlier_ones():
    controller = Controller([2, 2], rng=0)
    for p in controller.params.values():
        p *= 8
    joint = np.array([[np.exp(controller.log_probability((a, b))) for b in range(2)] for a in range(2)])
    odds = joint[:, 0] / joint[:, 1]
    assert abs(np.log(odds[0] / odds[1])) > 0.5


def test_reinforce_is_the_gradient_of_the_log_probability():
    controller = Controller(CHOICES, hidden=5, rng=0)
    decisions = (0, 2, 1, 0)
    controller.reinforce(decisions, advantage=0.7)
    assert controller.grads.keys() == controller.params.keys()
    for name, p in controller.params.items():

        def objective(value, p=p):
            old = p.copy()
            p[...] = value
            result = -0.7 * controller.log_probability(decisions)
            p[...] = old
            return result

        expected = numerical_gradient(objective, p, np.float64(1))
        np.testing.assert_allclose(controller.grads[name], expected, rtol=1e-6, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("baseline", [0.0, 0.4])
def test_its_mean_is_the_gradient_of_the_expected_reward_whatever_the_baseline(baseline):
    controller = Controller(CHOICES, hidden=3, rng=0)
    networks = everything(CHOICES)
    rewards = dict(zip(networks, np.random.default_rng(1).random(len(networks)), strict=True))
    expected_reward = lambda: sum(np.exp(controller.log_probability(d)) * r for d, r in rewards.items())
    mean = {name: 0.0 for name in controller.params}
    for decisions, reward in rewards.items():
        controller.reinforce(decisions, reward - baseline)
        for name, grad in controller.grads.items():
            mean[name] = mean[name] + np.exp(controller.log_probability(decisions)) * grad
    for name, p in controller.params.items():

        def objective(value, p=p):
            old = p.copy()
            p[...] = value
            result = -expected_reward()
            p[...] = old
            return result

        expected = numerical_gradient(objective, p, np.float64(1))
        np.testing.assert_allclose(mean[name], expected, rtol=1e-5, atol=1e-9, err_msg=name)


def test_a_baseline_makes_the_gradient_quieter():
    controller = Controller(CHOICES, rng=0)
    rng = np.random.default_rng(0)
    samples = [controller.sample(rng) for _ in range(200)]
    reward = lambda decisions: 0.8 + 0.1 * (decisions[1] == 0)

    def spread(advantage):
        gradients = []
        for decisions in samples:
            controller.reinforce(decisions, advantage(reward(decisions)))
            gradients.append(controller.grads["v1"].ravel().copy())
        return np.var(gradients, axis=0).sum()

    assert spread(MovingAverage().advantage) < spread(lambda reward: reward) / 50


def test_the_controller_learns_which_network_is_rewarded():
    controller = Controller(CHOICES, rng=0)
    optimizer, baseline, rng = Adam(controller, 0.02), MovingAverage(), np.random.default_rng(0)
    for _ in range(400):
        decisions = controller.sample(rng)
        # Good where decision 1 is 2 and, together, decision 2 is 1 and decision 3 is 0.
        reward = 0.5 * (decisions[1] == 2) + 0.5 * (decisions[2:] == (1, 0))
        controller.reinforce(decisions, baseline.advantage(reward))
        optimizer.step()
    assert np.exp(controller.log_probability((0, 2, 1, 0))) > 0.8


def test_the_moving_average():
    average = MovingAverage(decay=0.75)
    assert average.advantage(4.0) == 0
    assert average.advantage(8.0) == 4
    assert average.value == 5
    assert average.advantage(1.0) == -4
    assert average.value == 4
    with pytest.raises(ValueError, match="decay"):
        MovingAverage(1.0)


def test_decisions_of_another_length_are_refused():
    with pytest.raises(ValueError, match="decisions has 2 entries, but choices has 4"):
        Controller(CHOICES).log_probability((0, 1))


# The search


def test_each_phase_leaves_the_other_sides_parameters_alone():
    shared, rng = small(), np.random.default_rng(0)
    controller = Controller(shared.choices, rng=0)
    copy = lambda model: {name: p.copy() for name, p in model.params.items()}
    same = lambda model, before: all(np.array_equal(p, before[name]) for name, p in model.params.items())
    weights, policy = copy(shared), copy(controller)
    train_shared_weights(shared, controller, SGD(shared, 0.1), *small_data(), 4, rng)
    assert same(controller, policy) and not same(shared, weights)
    weights = copy(shared)
    optimizer = Adam(controller, 0.1)
    rewards, baselines = train_controller(
        shared, controller, optimizer, MovingAverage(), *small_data(), steps=5, reward_size=8, rng=rng
    )
    assert same(shared, weights) and not same(controller, policy)
    assert len(rewards) == len(baselines) == 5


def test_the_search_finds_one_of_the_best_children_on_digits(digits):
    x, y = digits
    rng = np.random.default_rng(0)
    shared = SharedNetwork(nodes=2, image_size=14, rng=rng)
    controller = Controller(shared.choices, rng=rng)
    training, validation = (x[:1200], y[:1200]), (x[4750:], y[4750:])
    history = search(
        shared,
        controller,
        training,
        validation,
        epochs=4,
        controller_steps=25,
        batch_size=32,
        reward_size=150,
        rng=rng,
    )
    assert len(history.loss) == 4 and len(history.rewards) == len(history.baselines) == 100
    assert history.loss[-1] < history.loss[0] / 2
    best, score = derive(shared, controller, *validation, candidates=10, rng=rng)
    assert score == evaluate(shared.child(best), *validation)
    all_scores = sorted(evaluate(shared.child(decisions), *validation) for decisions in everything(shared.choices))
    assert score >= all_scores[-5]
    assert score > np.mean(all_scores) + 0.1
    # The controller has left the even odds of 1 in 50 far behind.
    likeliest = max(np.exp(controller.log_probability(decisions)) for decisions in everything(shared.choices))
    assert likeliest > 0.1


def test_the_same_seed_finds_the_same_network():
    runs = []
    for _ in range(2):
        shared = small()
        controller = Controller(shared.choices, rng=0)
        history = search(shared, controller, small_data(), small_data(seed=2), epochs=2, controller_steps=5, rng=3)
        runs.append((history, derive(shared, controller, *small_data(), 5, np.random.default_rng(0))))
    assert runs[0] == runs[1]


def test_a_controller_for_another_space_is_refused():
    with pytest.raises(ValueError, match="controller decides"):
        search(small(), Controller([1, 2]), small_data(), small_data())
