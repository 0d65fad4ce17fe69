"""Verdicts in words and pictures."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from convschool import explain, planes
from convschool.cases import Case, Part
from convschool.compare import Failure, compare
from convschool.verdict import Verdict, judge

PNG = b"\x89PNG\r\n"


def failed(**how):
    facts = {"kind": "values", "about": "stride 2", "says": "3 entries differ"} | how
    return Verdict("a-b", ("stride 1", "stride 2"), Failure(**facts))


def test_a_passed_check_says_what_was_covered():
    verdict = Verdict("a-b", ("stride 1", "kernel 2 < 3"))
    assert explain.text(verdict) == "✓ a-b: passed (stride 1; kernel 2 < 3)"
    assert "<li>kernel 2 &lt; 3</li>" in explain.html(verdict)


def test_a_failed_check_says_case_facts_and_message():
    verdict = Verdict("a-b", (), failed().failure, "squared", "Is that doubling?")
    expected = "✗ a-b: wrong values\nCase: stride 2.\n3 entries differ.\nIs that doubling?"
    assert explain.text(verdict) == expected


@pytest.mark.parametrize(
    "says, sentence",
    [
        ("dx is None: is it written?", "dx is None: is it written?"),
        ("there is no answer here yet", "There is no answer here yet."),
        ("your function raised ValueError: bad.", "Your function raised ValueError: bad."),
        ("the result is 3, expected 4", "The result is 3, expected 4."),
    ],
)
def test_facts_are_sentences(says, sentence):
    assert explain.text(failed(says=says)).splitlines()[-1] == sentence


def test_the_learners_line_stands_as_code():
    verdict = failed(kind="raised", line="line 3, in f: a < b")
    assert "Line 3, in f: `a < b`" in explain.text(verdict)
    assert "Line 3, in f: <code>a &lt; b</code>" in explain.html(verdict)


def test_a_changed_argument_leads_to_the_line():
    verdict = failed(kind="input-modified", name="x", says="the argument x is changed")
    assert "Which line writes into" in explain.text(verdict)


@pytest.mark.parametrize("kind", explain.HEADINGS)
def test_every_kind_of_failure_has_words(kind):
    for hidden in (False, True):
        assert explain.HEADINGS[kind] in explain.text(failed(kind=kind), hidden)
        assert explain.HEADINGS[kind] in explain.html(failed(kind=kind), hidden)


def test_a_hidden_case_shows_neither_numbers_nor_shapes_nor_what_it_is_about():
    expected, got = np.full((2, 2), 1234.5), np.full((2, 2), 6789.25)
    part = Part("a-b", "f", cases=(Case("secret shape 17x19", (1,), expected, {"m": (got,)}),), messages={"m": "Hm?"})
    verdict = judge(part, lambda x: got)
    for shown in (explain.text(verdict, hidden=True), explain.html(verdict, hidden=True)):
        assert "Hm?" in shown and "wrong values" in shown
        assert not re.search("1234|6789|17x19|secret|<img", shown)
    assert "secret shape 17x19" in explain.text(verdict)


class Strict(HTMLParser):
    """Fails on a tag that does not close, and keeps every tag."""

    def __init__(self, html):
        super().__init__()
        self.open, self.seen, self.alt = [], [], ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag == "img":
            self.alt = dict(attrs)["alt"]
        else:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_what_a_learner_writes_is_never_html():
    evil = "<script>alert(1)</script>\"'&"
    verdict = Verdict("a-b", (evil,), Failure("raised", evil, says=evil, line=f"line 1, in f: {evil}"), "m", evil)
    assert "script" not in Strict(explain.html(verdict)).seen
    values = failed(expected=np.zeros((2, 2)), got=np.ones((2, 2)), says=evil)
    parsed = Strict(explain.html(values))
    assert "script" not in parsed.seen and evil in parsed.alt


@pytest.mark.parametrize("shape", [(2,), (1, 1, 1, 2), (3, 1), (1, 40), (2, 3, 5, 6), (28, 28), (2, 300)])
@pytest.mark.parametrize("scale", [1, 1e-300, 1e300, 1e-3])
def test_wrong_values_of_any_shape_get_a_picture(shape, scale):
    got = np.random.default_rng(0).normal(size=shape) * scale
    shown = explain.difference_png("dx", got, -got)
    assert shown.startswith(PNG)


@pytest.mark.parametrize("values", [(1.0, 2.0), (np.zeros((0, 3)), np.ones((0, 3))), (np.ones(1), np.zeros(1))])
def test_a_single_number_needs_no_picture(values):
    expected, got = map(np.asarray, values)
    assert "<img" not in explain.html(failed(expected=expected, got=got))


def test_expected_inf_does_not_spoil_the_picture():
    failure = compare(np.array([[1.0, np.inf], [np.nan, 2.0]]), np.ones((2, 2)), 1e-4)
    assert explain.difference_png(failure.name, failure.got, failure.expected).startswith(PNG)


def drawn(monkeypatch, failure):
    """Titles and arrays of the planes that a picture of `failure` holds."""
    planes_seen = []

    def label(plane, title, **_):
        planes_seen.append([title])

    def heat(plane, values, *_, **__):
        planes_seen[-1].append(values)

    monkeypatch.setattr(planes.Plane, "label", label)
    monkeypatch.setattr(planes.Plane, "heat", heat)
    explain.difference_png(failure.name, failure.got, failure.expected)
    return planes_seen


def test_the_picture_shows_the_plane_with_the_largest_difference(monkeypatch):
    expected = np.zeros((2, 3, 4, 5))
    got = expected.copy()
    got[1, 2, 3, 4], got[0, 0, 0, 0] = -7, 5
    got[1, 2, 0, 0] = 1e-9
    left, right = drawn(monkeypatch, Failure("values", "", "dx", "", expected, got))
    assert left[0] == "your dx[1, 2, :, :]" and right[0].startswith("yours − expected")
    np.testing.assert_array_equal(left[1], got[1, 2])
    # Rounding beside a mistake is drawn as 0.
    np.testing.assert_array_equal(right[1], np.where(got[1, 2] == -7, -7, 0))


def test_neither_picture_nor_words_change_the_result_shown():
    got = np.random.default_rng(0).normal(size=(3, 4))
    before = got.copy()
    explain.html(failed(expected=np.zeros((3, 4)), got=got))
    np.testing.assert_array_equal(got, before)


def whole_case(args, expected, got, names=("x", "w")):
    part = Part("a-b", "f", names, cases=(Case("one", args, expected),))
    return explain.html(judge(part, lambda *args: got))


def test_a_small_case_is_drawn_whole(monkeypatch):
    titles, outlined = [], []
    monkeypatch.setattr(planes.Plane, "label", lambda plane, title, **_: titles.append(title))
    monkeypatch.setattr(planes.Plane, "outline", lambda plane, *place: outlined.append(place))
    x, w = np.arange(9.0).reshape(1, 1, 3, 3), np.ones((2, 2))
    html = whole_case((x, w), np.zeros((2, 2)), np.array([[0.0, 0.0], [5.0, 0.0]]))
    assert titles == ["x", "w", "your result", "expected"] and outlined == [(1, 0), (1, 0)]
    assert 'alt="The case whole: x, w, your result and the expected one.' in html


@pytest.mark.parametrize("shape", [(2, 1, 3, 3), (1, 8), (9, 4), (0, 3)])
def test_a_case_with_an_array_that_is_not_small_is_not_drawn_whole(shape):
    html = whole_case((np.ones(shape), np.ones((2, 2))), np.zeros((2, 2)), np.ones((2, 2)))
    assert "Your result beside its difference" in html


def test_a_hidden_case_is_not_drawn():
    part = Part("a-b", "f", ("x",), cases=(Case("one", (np.ones((2, 2)),), np.zeros((2, 2))),))
    assert "<img" not in explain.html(judge(part, lambda x: x), hidden=True)


@pytest.mark.parametrize(("names", "line"), [(("x",), "(x,) = "), (("dout", "x", "w"), "dout, x = "), ((), "case = ")])
def test_the_line_that_gives_the_case_names_its_arguments(names, line):
    args = (np.ones(3),) if len(names) == 1 else (np.ones(3), np.ones(3))
    verdict = judge(Part("a-b", "f", names, cases=(Case("one", args, np.zeros(3)),)), lambda *args: args[0])
    assert f"`{line}show.case('a-b')`" in explain.text(verdict)
    assert "show.case" not in explain.text(verdict, hidden=True)
