"""What an exception means in terms of the contract, with the shapes of the learner's own variables."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from convschool.finding import Finding
from convschool.own_line import NUMBERS, OwnLine

LONGEST = 60
MOST_KEYS = 4
PROMISED = "Is an entry of that name promised, or is it to be made?"
AXES = {2: ("row", "column"), 3: ("channel", "row", "column"), 4: ("image", "channel", "row", "column")}

#: What an exception may mean: its message, the id of the fact, and what is said of it in general.
MEANINGS = [
    (r"^NameError: name '(xrange|raw_input|unicode|basestring|long|reduce|izip|cmp)'|has_key|iteritems|itervalues",
     "python-2", "This is Python 2. Python 3 has `range`, `input`, `str`, `zip` and `.items()`."),
    (r"module 'numpy' has no attribute '\w+'", "numpy-names",
     "NumPy has no such name, or no longer: for `np.float`, `np.int` and `np.bool` write `float`, `int` and `bool`."),
    (r"'numpy.float64' object cannot be interpreted|'float' object cannot be interpreted|slice indices must be integers"
     r"|a single integer, got|only integers, slices.*valid indices|'float' object is not subscriptable"
     r"|expected a sequence of integers or a single integer",
     "float-for-an-int",
     "A size or an index has to be a whole number. `/` gives a float, also where it divides evenly: sizes need `//`."),
    (r"could not broadcast input array from shape|operands could not be broadcast|not aligned|matmul: Input operand"
     r"|non-broadcastable output|mismatch in its core dimension|all the input array dimensions"
     r"|does not match the number of dimensions|shape-mismatch for sum|dimension mismatch|cannot be broadcast",
     "shapes-do-not-fit",
     "Two arrays on this line have shapes that do not fit. Which axes of them do you mean to pair?"),
    (r"object too deep for desired array|Axes must be different|must be 1-d|1-dimensional array",
     "too-many-axes-for-a-function",
     "A function of NumPy on this line takes an array of another number of axes. How many has yours in this case?"),
    (r"must not be negative|no negative elements", "negative-index",
     "A function of NumPy on this line counts from 0 up, and your array holds a negative number."),
    (r"pop from (an )?empty|list index out of range|tuple index out of range|pop index out of range",
     "list-too-short", "A list or tuple on this line is shorter than you think, or empty, in this case."),
    (r"einstein sum|einsum|output subscript|repeated more than|subscript labels", "einsum-letters",
     "The letters do not fit the arrays: each array has one letter for each axis, and one letter has one length."),
    (r"^IndexError: index -?\d+ is out of bounds", "past-the-edge",
     "An index runs past the end of an axis. What does it count there?"),
    (r"too many indices for array", "too-many-indices",
     "An array on this line has fewer axes than you index. Which axes has it?"),
    (r"axis \d+ is out of bounds", "axis-missing", "An array on this line has no such axis. How many has it?"),
    (r"cannot reshape array", "reshape-does-not-fit",
     "A reshape keeps the number of entries. Is it that of the shape you ask for, in this case?"),
    (r"^UnboundLocalError", "set-too-late",
     "Your function sets this variable only later, or on another path: nothing has set it when this line runs."),
    (r"^NameError", "name-not-set",
     "Your function uses this name, and nothing sets it: neither an argument nor a line before."),
    (r"^RecursionError", "calls-itself",
     "Your function calls itself without an end: it is called again with arguments that lead to the same call."),
    (r"^(ModuleNotFoundError|ImportError)", "not-installed",
     "This package is not installed here, nor at grading: NumPy is enough."),
    (r"cannot unpack non-iterable (int|float|numpy)|'(int|numpy\.int64)' object is not (subscriptable|iterable)"
     r"|argument of type 'int'|object of type 'int' has no len", "number-for-a-pair",
     "A number is taken for a pair or a list here. The contract may allow both."),
    (r"unsupported operand type\(s\) for .*'tuple'|'tuple' object cannot be interpreted"
     r"|not supported between instances of .*'tuple'|can't multiply sequence by non-int|can only concatenate tuple"
     r"|unsupported operand type\(s\) for .*'list'",
     "pair-for-a-number", "A pair or a list is taken for a number here. The contract may allow both."),
    (r"invalid index to scalar variable", "number-for-an-array",
     "A single number comes where an array is indexed. What does this line hand over: one entry, or the whole array?"),
    (r"^TypeError: \w+\(\) takes no arguments", "start-missing",
     "Your class has no `__init__` that takes arguments. Is that of the frame still there, and is its name spelt so?"),
    (r"not enough values to unpack|too many values to unpack", "unpacking",
     "The two sides of this line have different numbers of items. How many axes has the array?"),
    (r"\w+\.\w+\(\) takes \d+ positional arguments? but", "self-missing",
     "A method of a class is given the object itself first. Does its list of arguments begin with `self`?"),
    (r"takes (from )?\d.* positional arguments? but|missing \d+ required positional|unexpected keyword argument",
     "number-of-arguments",
     "The call and the function differ in their arguments. Compare with the signature in the contract."),
    (r"'NoneType'", "none-used",
     "Something on this line is None: the result of a function without `return`, or a name that nothing has filled."),
    (r"setting an array element with a sequence|only length-1 arrays|only 0-dimensional arrays|only size-1 arrays"
     r"|can only convert an array of size 1", "array-for-a-number",
     "A whole array is put where one number has its place. Which entry of it is meant, or what is to be summed?"),
    (r"only integer scalar arrays can be converted to a scalar index", "array-for-an-index",
     "A whole array stands where one whole number has its place: for an axis, a size, or an index of a list."),
    (r"truth value of an array", "truth-of-an-array",
     "A condition needs one True or False, and an array has many: `np.maximum` and `np.where` work entry by entry."),
    (r"Cannot cast ufunc", "whole-number-array",
     "An array of whole numbers cannot take decimals. With which dtype was it made?"),
    (r"zero-size array", "empty-array",
     "An array on this line has no entries. Which slice is empty, or begins past the edge, in this case?"),
    (r"negative dimensions", "size-below-one",
     "A size is below 0 in this case. Work it out by hand for this case."),
    (r"^KeyError", "key-missing",
     "A dict on this line has no such key. Is there always an entry of that name, or only later?"),
    (r"object has no attribute", "attribute-missing",
     "The object has no attribute of this name. Is it set under another name, or only later?"),
    (r"object is not callable", "not-callable",
     "Round brackets call, square brackets index: something on this line is called that is no function."),
    (r"^ZeroDivisionError", "division-by-zero", "A number is divided by 0 here. Which size is 0 in this case?"),
    (r"assignment destination is read-only", "read-only",
     "This array is a view that cannot be written into. Write into a copy."),
    (r"^AssertionError", "own-assertion",
     "An `assert` of yours does not hold here. Does the contract promise it?"),
]  # fmt: skip


@dataclass(frozen=True)
class Raised:
    """An exception: its type and message as one line, and the learner's line, where it is known.

    `where` is that line as text, where the exception came from another process: its variables are not there.
    """

    message: str
    line: OwnLine | None = None
    where: str = ""


def of_exception(raised: Raised, due: str = "") -> Iterator[Finding]:
    """What the exception means: at most one fact. `due` is the exception that the contract asks for, if it does."""
    line = raised.line
    if raised.message.startswith("NotImplementedError"):
        text = (
            "Your code comes to its end and then to `raise NotImplementedError`, which the template had left there."
            " Take it out."
        )
        yield Finding("leftover-raise", text)
        return
    own = line and line.text.startswith(("raise", "assert"))
    if due and (own or "positional" not in raised.message):
        text = f"The contract names another exception for this case: {due}."
        yield Finding("another-exception", text, general="The contract names another exception for a case.")
        return
    if line and line.text.startswith("raise"):
        yield Finding(
            "own-error", "This is your own `raise`, and the contract asks for a result in this case. Which test of "
            "yours lets it through to this line?", general="Your own `raise` stops a case that has a result.",
        )  # fmt: skip
        return
    if line and line.callee:
        fact = _inside(line)
        if fact:
            yield fact
            return
    for pattern, id, general in MEANINGS:
        if re.search(pattern, raised.message):
            sentence = general
            if not line:
                general = general.replace(" on this line", "")
                outside = "" if raised.where else _of_lesson(id, raised.message)
                sentence = outside or _of_product(raised.message) or general
            closer = _closer(id, line, raised.message) if line else None
            yield closer or Finding(id, sentence, general=general)  # the message is the learner's: no word of it
            return


def _of_lesson(id: str, message: str) -> str:
    """What an exception means that came up in the lesson's own code, on what the learner's code had made."""
    match = re.search(r"'([\w.]+)' object has no attribute '(\w+)'", message)
    if id != "attribute-missing" or not match:
        return ""
    of, name = match.groups()
    if of in NO_ARRAYS and name in OF_ARRAYS:
        return (
            f"An array is due where your code hands over {NO_ARRAYS[of]}, which has no `{name}`. In which call does it"
            " stand in the place of an array?"
        )
    return f"Something looks for `{name}` in a {of}, and there is none. Is it set, and under this name?"


def _of_product(message: str) -> str:
    """What a product of matrices says of the two lengths that it pairs, where no line of the learner's is known."""
    match = re.search(r"^ValueError: matmul: .*\(size (\d+) is different from (\d+)\)", message)
    if not match:
        return ""
    return (
        f"A product of matrices gets {match[2]} numbers where its weights are for {match[1]}. Follow the sizes from the"
        " input on: where does another number come out than the next layer takes?"
    )


def _inside(line: OwnLine) -> Finding | None:
    """The fact that the exception came up in a function which the line calls, and which arguments it got."""
    arguments = [
        f"`{source}` is {_described(value)}"
        for source, value in line.variables(NUMBERS + (np.ndarray, tuple, list), True)
    ]
    if not arguments:
        return None
    text = f"This comes up inside `{line.callee}`, which this line calls: {_and(arguments[:6])}. Is that what it takes?"
    return Finding(
        "inside-a-call", text, general="This comes up inside a function that yours calls. Does it get what it takes?"
    )


def _described(value: Any) -> str:
    return f"of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)[:LONGEST]


def _closer(id: str, line: OwnLine, message: str) -> Finding | None:
    """The fact with what the variables hold; None where the line tells no more than the message."""
    look = CLOSER.get(id)
    general = next(text for _, key, text in MEANINGS if key == id)
    fact = look(line, message) if look else None
    if not fact:
        return None
    own_id, sentence, *other = fact
    return Finding(own_id, sentence, general=other[0] if other else general)


def _letters(line: OwnLine, message: str) -> tuple | None:
    """Which letter of an einsum stands for two lengths, or which array has another number of axes than letters."""
    call = line.einsum()
    if call is None:
        return None
    letters, arrays = call
    groups = letters.replace(" ", "").partition("->")[0].split(",")
    if len(groups) != len(arrays) or "." in letters:
        return None
    lengths: dict[str, tuple[int, str]] = {}
    for group, (source, value) in zip(groups, arrays, strict=True):
        if not isinstance(value, np.ndarray):
            continue
        if value.ndim != len(group):
            text = f"`{_short(source)}` has shape {value.shape}, {value.ndim} axes, and its letters are `{group}`."
            return "einsum-letters", f"{text} Each axis has one letter."
        for letter, length in zip(group, value.shape, strict=True):
            known, other = lengths.setdefault(letter, (length, source))
            if known != length:
                text = (
                    f"The letter `{letter}` is an axis of length {known} in `{_short(other)}` and of length {length} in"
                    f" `{_short(source)}`. Is it the same axis? If so, which of the two arrays has the wrong size?"
                )
                return "einsum-letters", text, EINSUM
    return None


EINSUM = "A letter of an `einsum` stands for axes of two lengths. Is it the same axis?"


def _list(line: OwnLine, message: str) -> tuple | None:
    lists = line.lists()
    if not lists:
        return None
    source, value = min(lists, key=lambda pair: len(pair[1]))
    items = "is empty" if not value else f"has {len(value)} items" if len(value) > 1 else "has one item"
    return "list-too-short", f"`{_short(source)}` {items} in this case. What should happen then?"


def _too_deep(line: OwnLine, message: str) -> tuple | None:
    arrays = [(source, value) for source, value in line.variables(np.ndarray, whole=True) if value.ndim]
    if not arrays:
        return None
    shapes = _and(f"`{source}` has shape {value.shape}" for source, value in arrays[:3])
    text = f"{shapes}. Which number of axes does this function of NumPy take, and does the contract promise it?"
    return "too-many-axes-for-a-function", text


def _shapes(line: OwnLine, message: str) -> tuple | None:
    fact = _letters(line, message)
    if fact:
        return fact
    operands = line.operands()
    shapes = _and(f"`{_short(source)}` has shape {value.shape}" for source, value in operands[:3])
    empty = next(line.emptied(), None)
    if empty:
        return "empty-crop", f"The slice `{empty}` is empty here: what is `-p` when `p` is 0?", EMPTY_CROP
    cut = next(line.cut_short(), None)
    if cut:
        source, shape, axis, start, stop = cut
        sentence = (
            f"`{_short(source)}` has shape {shape}, and you slice its axis {axis} from {start} to {stop}: it ends at "
            f"{shape[axis]}, so the slice is cut short. {shapes + '. ' if shapes else ''}Is it the array that this "
            "window lies in (padded or not), and does the window begin at the right place?"
        )
        return "window-past-the-edge", sentence, PAST_WINDOW
    if len(operands) == 1:
        text = (
            f"{shapes}. From the last axis backwards, lengths must be equal or 1: with which axes of the other array"
            " is it to be paired?"
        )
        return "shapes-do-not-fit", text
    if not operands:
        return _of_message(message)
    (one, first), (other, second) = operands[:2]
    if "could not broadcast input" in message:
        text = f"{shapes}: the right side does not fit into its place."
    elif "@" in line.failing or "aligned" in message or "matmul" in message:
        text = f"{shapes}. A matrix product pairs the last axis of the first with the last but one of the second."
    else:
        text = f"{shapes}. From the last axis backwards, lengths must be equal or 1: which axes do you mean to pair?"
    return "shapes-do-not-fit", text


def _of_message(message: str) -> tuple | None:
    """The two shapes that NumPy names, where the arrays have no names of their own."""
    match = re.search(r"broadcast together with shapes (\([\d,]*\)) (\([\d,]*\))", message)
    if not match:
        return None
    one, other = (shape.replace(",", ", ").replace(", )", ",)") for shape in match.groups())
    text = (
        f"An array of shape {one} meets one of shape {other}. From the last axis backwards, lengths must be equal or 1:"
        " which axes do you mean to pair?"
    )
    return "shapes-do-not-fit", text


EMPTY_CROP = "A slice such as `p:-p` is empty when `p` is 0."
PAST_WINDOW = "A window is sliced past the end of its array and cut short. Does it begin at the right place?"


def _edge(line: OwnLine, message: str) -> tuple | None:
    match = re.search(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", message)
    if not match:
        return None
    index, axis, size = map(int, match.groups())
    if size == 0:
        return None
    end = f"first index is -{size}" if index < 0 else f"last index is {size - 1}"
    arrays = [
        (source, value)
        for source, value in line.variables(np.ndarray)
        if value.ndim > axis and value.shape[axis] == size
    ]
    of = ""
    if len(arrays) == 1:
        source, value = arrays[0]
        word = AXES.get(value.ndim, ())[axis : axis + 1] if source not in ("w", "dw") else ()
        of = f"`{source}` has shape {value.shape}: "
        last = f"its last {word[0]} is {size - 1}" if word and index >= 0 else f"of its axis {axis}, the {end}"
        question = (
            "What does this index count there: windows, or pixels?" if value.ndim > 2 else "What does this index count?"
        )
        return "past-the-edge", f"{of}{last}, and you ask for {index}. {question}"
    return (
        "past-the-edge",
        f"Of an axis of length {size}, the {end}, and you ask for {index}. What does this index count?",
    )


def _float(line: OwnLine, message: str) -> tuple | None:
    floats = line.variables((float, np.floating))
    if not floats:
        return None
    values = _and(f"`{source}` is {float(value)!r}" for source, value in floats[:3])
    return (
        "float-for-an-int",
        (
            f"{values} here, and a size or an index has to be a whole number. `/` gives a float, also where it"
            " divides evenly: sizes need `//`."
        ),
    )


def _pair(line: OwnLine, message: str) -> tuple | None:
    pairs = [(source, value) for source, value in line.variables((tuple, list)) if not source.endswith(".shape")]
    if not pairs:
        return None
    source, value = pairs[0]
    what = "pair" if len(value) == 2 else type(value).__name__
    return (
        "pair-for-a-number",
        (
            f"`{source}` is the {what} {str(value)[:LONGEST]} in this case, and this line takes it for a number."
            " Which forms does the contract allow?"
        ),
    )


def _number(line: OwnLine, message: str) -> tuple | None:
    numbers = line.variables(NUMBERS)
    if not numbers:
        return None
    statement = ast_value(line)
    source, value = next((pair for pair in numbers if pair[0] == statement), numbers[0])
    return (
        "number-for-a-pair",
        (
            f"`{source}` is the number {value} in this case, and this line takes it for a pair. Which forms does the "
            "contract allow?"
        ),
    )


def ast_value(line: OwnLine) -> str:
    """The source of the value that a line assigns."""
    value = getattr(line.statement, "value", None)
    return ast.unparse(value) if value is not None else ""


def _unpacking(line: OwnLine, message: str) -> tuple | None:
    value = getattr(line.statement, "value", None)
    if value is None:
        return None
    try:
        items = line.value(value)
    except Exception:
        return None
    if not isinstance(items, tuple | list) or not isinstance(line.statement, ast.Assign):
        return None
    target = line.statement.targets[0]
    names = len(target.elts) if isinstance(target, ast.Tuple | ast.List) else 0
    return (
        "unpacking",
        (
            f"`{_short(ast.unparse(value))}` is {str(tuple(items))[:LONGEST]}: {len(items)} items, and the left side"
            f" has {names} names. Which numbers of axes does the contract allow?"
        ),
    )


def _sequence(line: OwnLine, message: str) -> tuple | None:
    arrays = [(source, value) for source, value in line.variables(np.ndarray, whole=True) if value.ndim]
    if not arrays:
        return None
    shapes = _and(f"`{source}` has shape {value.shape}" for source, value in arrays[:4])
    return (
        "array-for-a-number",
        (
            f"A whole array is put where one number has its place. {shapes}: which entry is meant, or what is to be"
            " summed?"
        ),
    )


def _axis(line: OwnLine, message: str) -> tuple | None:
    """Of `np.max(0, x)`: what stands second is taken for the axis."""
    calls = [node for node in ast.walk(line.statement) if isinstance(node, ast.Call)] if line.statement else []
    for call in calls:
        name = ast.unparse(call.func)
        pairwise = PAIRWISE.get(name.removeprefix("np.").removeprefix("numpy."))
        if pairwise and name.startswith(("np.", "numpy.")) and len(call.args) > 1:
            text = (
                f"`{name}` takes one array, and `{_short(ast.unparse(call.args[1]))}` for the number of an axis. Entry"
                f" by entry, two arrays are compared by `np.{pairwise}`."
            )
            return "array-for-an-index", text
    return None


# What compares two arrays entry by entry, for what takes one array.
PAIRWISE = {"max": "maximum", "amax": "maximum", "min": "minimum", "amin": "minimum"}


def _name(line: OwnLine, message: str) -> tuple | None:
    match = re.search(r"name '(\w+)'|variable '(\w+)'", message)
    name = match and (match[1] or match[2])
    if not name:
        return None
    if message.startswith("UnboundLocalError"):
        return (
            "set-too-late",
            f"Your function sets `{name}` only later, or on another path: nothing has set it when this line runs.",
        )
    sentence = f"Your function uses `{name}`, and nothing sets it: neither an argument nor a line before."
    if "self" in line.frame.f_locals and f"{name}(" not in line.text:
        sentence += f" Should it be kept as `self.{name}`?"
    return "name-not-set", sentence


def _reshape(line: OwnLine, message: str) -> tuple | None:
    match = re.search(r"array of size (\d+) into shape \(?([\d, -]+?),?\)?$", message)
    if not match:
        return None
    count = int(np.prod([int(n) for n in match[2].split(",") if n.strip()]))
    if count < 0:
        return None
    return (
        "reshape-does-not-fit",
        (
            f"The array has {match[1]} entries, and the shape ({match[2]}) asks for {count}: a reshape keeps their"
            " number. What is different about the sizes of this case?"
        ),
    )


def _attribute(line: OwnLine, message: str) -> tuple | None:
    match = re.search(r"'([\w.]+)' object has no attribute '(\w+)'", message)
    if not match:
        return None
    of, name = match.groups()
    own = line.frame.f_locals.get("self")
    if own is not None and type(own).__name__ == of:
        return (
            "attribute-missing",
            f"Nothing has set `self.{name}` when this line runs. In which method should that be done?",
        )
    return "attribute-missing", f"A {of} has no `{name}`: not every object that comes here has one."


def _indices(line: OwnLine, message: str) -> tuple | None:
    match = re.search(r"array is (\d)-dimensional, but (\d+) were indexed", message)
    arrays = [(source, value) for source, value in line.variables(np.ndarray) if match and value.ndim == int(match[1])]
    if not arrays or not match:
        return None
    source, value = arrays[0]
    return (
        "too-many-indices",
        f"`{source}` has shape {value.shape}, {value.ndim} axes, and you index {match[2]}. Which axes has it?",
    )


def _assertion(line: OwnLine, message: str) -> tuple | None:
    numbers = line.variables(NUMBERS)
    values = _and(f"`{source}` is {value}" for source, value in numbers[:5])
    if not values:
        return None
    return (
        "own-assertion",
        f"An `assert` of yours does not hold here: {values}. Does the contract promise what it asks?",
    )


def _key(line: OwnLine, message: str) -> tuple | None:
    key = message.partition(": ")[2][:LONGEST]
    for source, kept in line.dicts():
        if not any(repr(one) == key for one in kept):
            has = f"its keys are {', '.join(map(repr, list(kept)[:MOST_KEYS]))}" if kept else "it is empty"
            return (
                "key-missing",
                f"`{source}` has no key {key} in this case: {has}. {PROMISED}",
            )
    return "key-missing", f"There is no key {key} on this line. {PROMISED}"


# Of what is often handed over for an array, and what an array has that it lacks.
NO_ARRAYS = {
    "int": "a plain number", "float": "a plain number", "tuple": "a tuple", "list": "a list", "str": "a text"
}  # fmt: skip
OF_ARRAYS = ("shape", "ndim", "size", "dtype", "T", "reshape", "transpose", "astype", "sum", "max", "copy")
CLOSER: dict[str, Callable[[OwnLine, str], tuple | None]] = {
    "einsum-letters": _letters,
    "list-too-short": _list,
    "too-many-axes-for-a-function": _too_deep,
    "shapes-do-not-fit": _shapes,
    "past-the-edge": _edge,
    "float-for-an-int": _float,
    "pair-for-a-number": _pair,
    "number-for-a-pair": _number,
    "unpacking": _unpacking,
    "array-for-a-number": _sequence,
    "array-for-an-index": _axis,
    "name-not-set": _name,
    "set-too-late": _name,
    "reshape-does-not-fit": _reshape,
    "attribute-missing": _attribute,
    "too-many-indices": _indices,
    "own-assertion": _assertion,
    "key-missing": _key,
}


def _short(source: str) -> str:
    return source if len(source) <= LONGEST else source[: LONGEST - 1] + "…"


def _and(words: Iterable[str]) -> str:
    words = list(words)
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)
