"""Checks as files: what goes in comes out, nothing in them is code."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from convschool import cases
from convschool.cases import LAYOUTS, Case, Part, lay_out, load, save
from convschool.functions import FUNCTIONS, cube

patient = settings(deadline=None)  # a busy machine takes longer than 0.2 seconds now and then
ARRAYS = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.int64, np.bool_]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)


def saved_and_loaded(tmp_path, *parts):
    save(tmp_path / "checks.npz", list(parts))
    return load(tmp_path / "checks.npz")


@patient
@given(ARRAYS, st.sampled_from(LAYOUTS))
def test_a_layout_changes_memory_and_not_values(array, layout):
    laid = lay_out(array, layout)
    assert laid.dtype == array.dtype and laid.shape == array.shape
    np.testing.assert_array_equal(laid, array)
    assert not np.shares_memory(laid, array)


def test_layouts_lie_in_memory_as_they_say():
    array = np.arange(24.0).reshape(2, 3, 4)
    assert lay_out(array, "C").flags.c_contiguous
    assert lay_out(array, "F").flags.f_contiguous and not lay_out(array, "F").flags.c_contiguous
    assert lay_out(array, "strided").strides[-1] == 16
    assert lay_out(array, "reversed").strides[-1] == -8
    with pytest.raises(ValueError, match="layout must be one of"):
        lay_out(array, "sideways")


def test_all_that_a_case_may_hold_comes_back(tmp_path):
    args = (
        3,
        1.5,
        True,
        None,
        "same",
        (1, 2),
        [1, (2.0, None)],
        {"w": np.ones((2, 1))},
        cube,
        np.int64(4),
        np.eye(2),
    )
    case = Case("everything", args, expected=(np.float32(0.5), {}), mistakes={"m": ([None, 2],)}, layout="F", raises="")
    part = Part("a-b", "f", ("x",), ("y", "z"), ("z",), 1e-3, (case,), {"m": "Warum? – 为什么"})
    back = saved_and_loaded(tmp_path, part)["a-b"]
    assert (back.function, back.arguments, back.results, back.compares) == ("f", ("x",), ("y", "z"), ("z",))
    assert back.tolerance == 1e-3 and back.messages == part.messages
    (loaded,) = back.cases
    assert loaded.about == "everything" and loaded.layout == "F" and loaded.expected == (0.5, {})
    assert loaded.mistakes == {"m": ([None, 2],)}
    assert loaded.args[:7] == args[:7] and loaded.args[8] is cube
    np.testing.assert_array_equal(loaded.args[7]["w"], np.ones((2, 1)))
    np.testing.assert_array_equal(loaded.args[10], np.eye(2))
    # A learner's function gets an int where the author wrote a NumPy one.
    assert type(loaded.args[9]) is int and type(loaded.args[2]) is bool


def test_a_bar_comes_back_with_its_sentence(tmp_path):
    bars = {"loss": cases.AtMost(0.5, "Does it fall?"), "accuracy": cases.AtLeast(0.9)}
    back = saved_and_loaded(tmp_path, Part("p", "f", cases=(Case("c", (1,), bars),)))["p"]
    assert back.cases[0].expected == bars


@patient
@given(array=ARRAYS)
def test_arrays_come_back_exactly(tmp_path_factory, array):
    part = saved_and_loaded(tmp_path_factory.mktemp("checks"), Part("p", "f", cases=(Case("c", (array,)),)))["p"]
    back = part.cases[0].args[0]
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_the_same_parts_give_the_same_bytes(tmp_path):
    part = Part("p", "f", cases=(Case("c", (np.arange(5.0),), np.ones(3)),))
    save(tmp_path / "one.npz", [part])
    save(tmp_path / "two.npz", [part])
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


@pytest.mark.parametrize("value", [object(), np.array([None]), np.array([1j]), {1: "a"}, len, 1j, {1, 2}])
def test_what_a_case_cannot_hold_is_refused(tmp_path, value):
    with pytest.raises(TypeError, match="a case cannot hold"):
        save(tmp_path / "checks.npz", [Part("p", "f", cases=(Case("c", (value,)),))])


def test_a_function_that_only_has_a_known_name_is_refused(tmp_path):
    def cube(x):
        return x

    with pytest.raises(TypeError, match="a case cannot hold"):
        save(tmp_path / "checks.npz", [Part("p", "f", cases=(Case("c", (cube,)),))])


def test_two_parts_of_one_id_are_refused(tmp_path):
    with pytest.raises(ValueError, match="more than one has the id p"):
        save(tmp_path / "checks.npz", [Part("p", "f"), Part("p", "g")])


def test_a_missing_file_and_a_damaged_one_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no checks at .*gone.npz"):
        load(tmp_path / "gone.npz")
    for content in (b"", b"not a zip", b"PK\x03\x04 half of one"):
        (tmp_path / "bad.npz").write_bytes(content)
        with pytest.raises(ValueError, match="bad.npz is not a file of checks"):
            load(tmp_path / "bad.npz")
    np.savez(tmp_path / "other.npz", images=np.ones(3))
    with pytest.raises(ValueError, match="other.npz is not a file of checks"):
        load(tmp_path / "other.npz")


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("a file of checks ran code",))


def test_a_file_with_code_in_it_runs_none(tmp_path):
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps(Trap()))
    np.savez(tmp_path / "object.npz", parts=np.array([Trap()], dtype=object), allow_pickle=True)
    for name in ("pickle.npz", "object.npz"):
        with pytest.raises(ValueError, match="is not a file of checks"):
            load(tmp_path / name)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions_given_to_answers_keep_their_argument(function):
    x = np.random.default_rng(0).normal(size=(3, 4))
    before = x.copy()
    assert np.isfinite(function(x)).all()
    np.testing.assert_array_equal(x, before)


def test_whole_numbers_come_as_the_machine_counts(tmp_path, monkeypatch):
    """In a browser an index is an int32, and NumPy refuses int64 where it wants one (`np.bincount`)."""
    file = tmp_path / "checks.npz"
    one = Case("c", (np.array([2, 0, 2]), np.array([0.5])), np.array([1, 0, 2]))
    save(file, [Part("p-a", "f", ("which", "w"), cases=(one,))])
    assert load(file)["p-a"].cases[0].args[0].dtype == np.intp
    monkeypatch.setattr("convschool.cases.np.intp", np.int32)
    file.touch()
    (case,) = cases._load.__wrapped__(file, 0, 0)["p-a"].cases
    assert case.args[0].dtype == case.expected.dtype == np.int32
    assert case.args[1].dtype == np.float64
    assert case.args[0].tolist() == [2, 0, 2]
