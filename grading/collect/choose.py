"""Which notebook counts, of all that were found: one for each student and lesson. Reads and writes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from grading.collect.plain_data import FoundNotebook, Request, Row, row


@dataclass(frozen=True)
class Delivery:
    """The notebook that counts, for its student and lesson, and those that came before it, oldest first."""

    best: FoundNotebook
    earlier: tuple[FoundNotebook, ...] = ()


def choose(notebooks: Iterable[FoundNotebook], request: Request) -> tuple[list[Delivery], list[Row]]:
    """One delivery for each student and lesson, in their order, and a row for every notebook that is none."""
    of_a_lesson, rows = with_lesson(notebooks, request)
    groups: dict[tuple[str, str], list[FoundNotebook]] = {}
    for one in of_a_lesson:
        groups.setdefault((one.owner.student, one.match.lesson), []).append(one)
    deliveries = []
    for _, group in sorted(groups.items()):
        best = max(group, key=rank)
        others = [one for one in group if one is not best]
        rows += [_passed_over(one, best) for one in others]
        deliveries.append(Delivery(best, tuple(one for one in others if _came_before(one, best))))
    return deliveries, rows


def rank(one: FoundNotebook) -> tuple:
    """The order of notebooks, of which the highest counts. An item decides where all before it are equal:

    1. not in an archive that lies beside others,
    2. handed in later,
    3. a name that is nearer to the lesson's,
    4. the number that the learning system gave the upload,
    5. no copy, such as ``x (1).ipynb``; else the higher copy's number,
    6. the place in the export.
    """
    owner, match = one.owner, one.match
    return not one.beside, *_handed_in(one), match.exactness, owner.upload, match.original, match.copy, one.position


def _handed_in(one: FoundNotebook) -> tuple[float, int]:
    """When a notebook was handed in: the same for all files of one time."""
    return one.owner.submitted.timestamp() if one.owner.submitted else 0.0, one.owner.attempt


def with_lesson(notebooks: Iterable[FoundNotebook], request: Request) -> tuple[list[FoundNotebook], list[Row]]:
    """The notebooks whose lesson is known, and a row for each of the others.

    The name tells it, or else the cells' ids. Where a lesson is asked for, a student's only notebook needs neither.
    """
    with_name: list[FoundNotebook] = []
    nameless: dict[str, list[FoundNotebook]] = {}
    for one in notebooks:
        lesson = one.match.lesson or one.by_ids
        if lesson:
            with_name.append(_of_lesson(one, lesson))
        else:
            nameless.setdefault(one.owner.student, []).append(one)
    students = {one.owner.student for one in with_name}
    rows: list[Row] = []
    for student, group in nameless.items():
        if request.lesson and student not in students and _is_one_notebook(group):
            with_name += [_of_lesson(one, request.lesson) for one in group]
        else:
            rows += _without_lesson(group, request)
    return with_name, rows


def _is_one_notebook(group: list[FoundNotebook]) -> bool:
    """Whether the newest of a student's notebooks are one, perhaps in several copies."""
    newest = max(map(_handed_in, group))
    return len({one.digest for one in group if _handed_in(one) == newest}) == 1


def _of_lesson(one: FoundNotebook, lesson: str) -> FoundNotebook:
    return replace(one, match=replace(one.match, lesson=lesson))


def _without_lesson(group: list[FoundNotebook], request: Request) -> Iterator[Row]:
    reason = "its name tells no lesson, nor do its cells: `convgrade collect SOURCE LESSON` takes it; "
    reason += f"there are {', '.join(request.lessons)}"
    if request.lesson:
        reason = "its name tells no lesson, and it is not this student's only notebook"
    for one in group:
        yield row(one.name, "refused", reason, one.owner, one.guess)


def _passed_over(one: FoundNotebook, best: FoundNotebook) -> Row:
    reason = "the same notebook as" if one.digest == best.digest else "taken instead:"
    return row(one.name, "passed over", f"{reason} {best.name}", one.owner, best.match.lesson)


def _came_before(one: FoundNotebook, best: FoundNotebook) -> bool:
    when, newest = one.owner.submitted, best.owner.submitted
    return one.digest != best.digest and bool(when and newest and when < newest)
