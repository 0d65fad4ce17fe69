"""What can be seen of a wrong result, whatever the code is: facts, each computed from all cases of a part.

A known mistake is told by a result that was frozen. A learner's loop often gives another one. These statements are true
of any answer: what was returned, what an exception means, how and where a result is wrong, and in which cases.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from convschool import how_wrong, own_code, result_form, where_wrong, which_cases
from convschool.cases import Secret
from convschool.exceptions import Raised, of_exception
from convschool.finding import Finding
from convschool.outcome import Outcome, compared

__all__ = ["Finding", "Evidence", "Outcome", "TITLES", "findings"]

MOST = 3
# What may make a call differ from the one before; facts about the code that come before those about the result.
KEPT = ("keeps-between-calls", "shared-by-all-objects")
TOLD_FIRST = ("reads-the-notebook", *KEPT, "start-of-the-class-above")
COMPARED = ("values", "not-finite", "shape")


@dataclass(frozen=True)
class Evidence:
    """What was looked at besides the cases.

    Parameters
    ----------
    function : callable or None
        The learner's, whose code may be read.
    names : tuple of str
        The names of its results, where it returns several.
    due : dict of str to object
        What the first failing case expects, by name.
    secret : Secret or None
        The value that is due and is not shown; None where a function is judged.
    raised : Raised or None
        What the first failing case raised.
    value : object
        What it returned, as it came.
    error_due : str
        The exception that is due there; empty where a result is.
    right_before : tuple of str
        What a class gave before the first wrong result, and was right, by its label.
    again : callable or None
        Whether a second call with its arguments gives the same result.
    same : callable
        Whether two results count as equal.
    """

    function: Callable | None = None
    names: tuple[str, ...] = ()
    due: dict[str, Any] = field(default_factory=dict)
    secret: Secret | None = None
    raised: Raised | None = None
    value: Any = None
    error_due: str = ""
    right_before: tuple[str, ...] = ()
    again: Callable[[], bool] | None = None
    same: Callable[[Any, Any], bool] = lambda one, other: False


def findings(cases: Sequence[Outcome], evidence: Evidence | None = None) -> tuple[Finding, ...]:
    """The facts about a part's cases of which at least one failed, the most telling first."""
    evidence = evidence or Evidence()
    first = next(case for case in cases if not case.passed)
    facts = [*_of_the_first(cases, first, evidence)][:1]
    own = [*own_code.facts(evidence.function)] if evidence.secret is None else []
    if facts == [DIFFERS]:
        own = [one for one in own if one.id in KEPT]
    facts = [one for one in own if one.id in TOLD_FIRST] + facts
    if first.kind in COMPARED:
        facts += [one for one in own if one.id in ("steps-not-in-bytes", "never-reads")]
    if evidence.right_before and first.kind in COMPARED:
        facts.append(_right_before(evidence.right_before))
    facts += [*which_cases.facts(cases, alone=not facts)][:1]
    return tuple(facts[:MOST])


def _of_the_first(cases: Sequence[Outcome], first: Outcome, evidence: Evidence) -> Iterator[Finding]:
    if first.kind == "raised":
        if evidence.raised:
            yield from of_exception(evidence.raised, evidence.error_due)
    elif evidence.secret is not None:
        yield from result_form.of_value(evidence.secret, evidence.value)
    elif first.kind == "no-error":
        yield _no_error(evidence)
    elif first.kind == "type":
        if "` has no key " in first.says:
            yield NO_KEY
        elif first.name == "" or evidence.value is None:
            yield from result_form.of_form(evidence.value, evidence.names, evidence.due)
        elif "end in a return" in first.says:
            yield from result_form.of_form(None, (), {})
        if "must be an int; it is the float" in first.says:
            yield result_form.float_for_int("gives an int" in first.says)
    elif first.kind in COMPARED:
        yield from result_form.in_another_order(evidence.value, evidence.names, evidence.due, evidence.same)
        if first.kind == "shape":
            yield from how_wrong.of_shape([case for case in cases if case.kind == "shape"])
            return
        if evidence.again is not None and not evidence.again():
            yield DIFFERS
        wrong = [case for case in cases if case.kind in ("values", "not-finite") and case.name == first.name]
        if first.expected is not None and first.got is not None:
            yield from how_wrong.facts(compared(wrong))
            yield from where_wrong.facts(compared(wrong))


DIFFERS = Finding(
    "differs-on-a-second-call",
    "Called twice with the same arguments, your function gives two results. Is an array used before it is filled "
    "(`np.empty`), is something kept from the call before, or is it random?",
)


NO_KEY = Finding(
    "key-missing", "The contract names this key. Is it put there under another name, or later, or is it taken out?"
)


def _right_before(labels: Sequence[str]) -> Finding:
    shown = ", ".join(labels[-3:]) if len(labels) < 4 else f"{labels[0]}, …, {labels[-1]}"
    return Finding(
        "right-before",
        f"What comes before it in this case is right: {shown}.",
        general="What comes before it in the case is right.",
    )


def _no_error(evidence: Evidence) -> Finding:
    value = evidence.value
    shown = repr(value) if value is None or isinstance(value, int | float) else f"a {type(value).__name__}"
    text = f"Your function returned {shown[:40]} here, and the contract asks for `raise {evidence.error_due}`."
    return Finding("error-is-due", text, general="Your function returns where the contract asks for an exception.")


#: What a class report says of each fact that may be told of hidden cases.
TITLES = {
    "differs-on-a-second-call": "a second call gives another result",
    "right-before": "the first results of an object are right",
    "another-exception": "another exception than the contract names",
    "error-is-due": "a result where an exception is due",
    "leftover-raise": "the template's `raise` is left behind the work",
    "inside-a-call": "an exception inside a function that is called",
    "own-error": "an own `raise` where a result is due",
    "reads-the-notebook": "reads a variable of the notebook",
    "keeps-between-calls": "a default that every call shares",
    "shared-by-all-objects": "something that all objects of a class share",
    "start-of-the-class-above": "the start of the class above is left out",
    "too-many-axes-for-a-function": "another number of axes than a function takes",
    "negative-index": "a negative number where counting starts from 0",
    "list-too-short": "a list that is shorter than its index",
    "steps-not-in-bytes": "steps of `as_strided` that are not in bytes",
    "never-reads": "an argument is never read",
    "returned-nothing": "nothing is returned",
    "one-of-several": "one of several results is returned",
    "results-missing": "not all results are returned",
    "too-many-results": "too many results are returned",
    "nested-tuple": "a tuple in the tuple of results",
    "dict-for-a-tuple": "a dict where a tuple is due",
    "tuple-for-an-array": "a tuple where an array is due",
    "array-for-a-number": "an array where a number is due",
    "generator": "a generator where a result is due",
    "function-returned": "a function where a result is due",
    "complex-result": "complex numbers",
    "float-for-an-int-result": "a float where an int is due",
    "text-for-a-number": "a text where numbers are due",
    "number-for-a-text": "no text where one is due",
    "word-for-a-letter": "a word where a letter is due",
    "one-number-for-several": "one number where several are due",
    "other-number-of-numbers": "another number of numbers than is due",
    "several-for-one-number": "several numbers where one is due",
    "fraction-for-a-whole-number": "decimals where a whole number is due",
    "results-in-another-order": "the results are in another order",
    "value-in-another-order": "the right numbers in another order",
    "numbers-off-by-one": "several numbers, each off by 1",
    "value-with-another-sign": "a number with the wrong sign",
    "percent-for-a-number": "a number in percent",
    "value-upside-down": "one divided by the right number",
    "some-numbers-right": "some of several numbers are right",
    "too-few-decimals": "a number rounded too early",
    "value-off-by-one": "a number that is off by 1",
    "factor-missing": "a number that lacks a factor",
    "factor-too-many": "a number with a factor too many",
    "python-2": "written for Python 2",
    "numpy-names": "a name that NumPy no longer has",
    "float-for-an-int": "a float for a size or an index",
    "shapes-do-not-fit": "shapes that do not fit",
    "window-past-the-edge": "a window past the edge of its array",
    "empty-crop": "a crop that is empty at padding 0",
    "einsum-letters": "letters of einsum that do not fit",
    "past-the-edge": "an index past the end of an axis",
    "too-many-indices": "more indices than axes",
    "axis-missing": "an axis that is not there",
    "reshape-does-not-fit": "a reshape to another number of entries",
    "set-too-late": "a variable that is set too late",
    "name-not-set": "a name that nothing sets",
    "array-for-an-index": "an array for an axis, a size or an index",
    "calls-itself": "calls itself without an end",
    "not-installed": "a package that is not installed",
    "number-for-an-array": "a number where an array is indexed",
    "start-missing": "a class without its `__init__`",
    "number-for-a-pair": "a number taken for a pair",
    "pair-for-a-number": "a pair taken for a number",
    "unpacking": "another number of items than names",
    "self-missing": "a method without `self`",
    "number-of-arguments": "another number of arguments",
    "none-used": "None is used",
    "truth-of-an-array": "an array as a condition",
    "whole-number-array": "decimals for an array of whole numbers",
    "empty-array": "an array without entries",
    "size-below-one": "a size below 0",
    "key-missing": "a key that is not there yet",
    "attribute-missing": "an attribute that is not set",
    "not-callable": "a call of what is no function",
    "division-by-zero": "a division by 0",
    "read-only": "writes into a view",
    "own-assertion": "an own `assert` does not hold",
    **how_wrong.TITLES,
    **where_wrong.TITLES,
}
