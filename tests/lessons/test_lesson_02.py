"""The numbers that lesson 02 states, with its own answers in place."""

import matplotlib
import pytest

from grading.author.verify import at_grading, lost_parts
from grading.lesson.load import load_lesson
from grading.lesson.notebook import source_notebook

LESSON = "02-conv-derivatives"


@pytest.fixture(scope="module")
def solved():
    """The names that the lesson's cells bind, and all that they print; marked cells are left out."""
    printed = []
    names = {"__name__": "__main__", "print": lambda *parts, **_: printed.append(" ".join(map(str, parts)))}
    backend = matplotlib.get_backend()
    matplotlib.use("agg")
    for cell in source_notebook(load_lesson(LESSON)).cells:
        if cell.cell_type == "code" and not cell.metadata["nbgrader"]["grade"]:
            exec(compile(cell.source, cell.id, "exec"), names)
    matplotlib.use(backend)
    return names, printed


def test_every_comparison_of_the_lesson_agrees(solved):
    _, printed = solved
    lines = [line for text in printed for line in text.splitlines()]
    assert sum(line.startswith("✓") for line in lines) >= 20
    assert not [line for line in lines if line.startswith(("✗", "·", "Answer"))]


def test_the_worked_run_is_reproduced_number_by_number(solved):
    names, _ = solved
    assert (names["run_dx"][0] == names["error_passed_down"]).all()
    step = names["run_w"] - 0.001 * names["run_dw"]
    assert abs(step - names["kernels_after_the_step"]).max() < 1e-12
    assert abs(names["run_b"] - 0.001 * names["run_db"] - [0.991, -0.007]).max() < 1e-12


def test_the_bug_with_the_learning_rate_scales_layer_after_layer(solved):
    _, printed = solved
    ratios = [line.split("step ")[1].split()[0] for line in printed if "from the bottom" in line]
    assert ratios == ["1.000", "0.100", "0.010"]


def test_descent_with_ones_own_gradient_finds_the_edge_kernel(solved):
    names, _ = solved
    losses = names["edge_losses"]
    assert all(later < earlier for earlier, later in zip(losses, losses[1:], strict=False))
    assert losses[-1] < 1e-4 * losses[0]
    assert abs(names["edge_kernels"][-1] - names["edge_kernel"]).max() < 0.05
    assert abs(names["edge_kernels"][0]).max() == 0


def test_a_dilated_error_gives_the_gradient_without_the_unseen_row_and_column(solved):
    names, _ = solved
    assert names["gathered"].shape == (5, 5)
    assert (names["gathered"] == names["scattered"][:5, :5]).all()
    assert not names["scattered"][5].any() and not names["scattered"][:, 5].any()


FOR_SQUARES = """
def conv2d_backward(dout, x, w, stride=1, padding=0):
    N, C, H, _ = x.shape
    F, _, K, _ = w.shape
    size = (H - K) // stride + 1
    dx, dw = np.zeros((N, C, H, H)), np.zeros((F, C, K, K))
    for i in range(size):
        for j in range(size):
            window = x[:, :, i * stride : i * stride + K, j * stride : j * stride + K]
            dw += np.einsum("nf,nckl->fckl", dout[:, :, i, j], window)
            dx[:, :, i * stride : i * stride + K, j * stride : j * stride + K] += np.einsum(
                "nf,fckl->nckl", dout[:, :, i, j], w
            )
    return dx, dw, DB
"""


@pytest.mark.parametrize(
    ("db", "loses_db"),
    [
        ("dout.sum(axis=(0, 2, 3))", False),
        ("sum(dout[:, :, i, j].sum(axis=0) for i in range(size) for j in range(size))", True),
        ("dout.mean(axis=(0, 2, 3))", True),
    ],
)
def test_db_is_judged_where_the_other_lines_of_a_loop_for_squares_run(db, loses_db):
    lesson = load_lesson(LESSON)
    (exercise,) = (one for one in lesson.with_banks if one.id == "conv2d-backward")
    with at_grading(lesson, exercise):
        for seed in range(3):
            lost = lost_parts(lesson, exercise, FOR_SQUARES.replace("DB", db), seed)
            assert ("db" in lost) == loses_db and {"dw", "dx"} <= lost.keys()
