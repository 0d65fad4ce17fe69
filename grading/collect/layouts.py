"""Which student a file of an export belongs to, by the way each system names files.

A student chooses the names inside a submission, and in some systems a display name. So each layout looks
for the student at one fixed place, and refuses a name that can be read in two ways.

Sources: Moodle, class ``mod_assign\\downloader`` (mod/assign/classes/downloader.php); Canvas, class
``ContentZipper`` (lib/content_zipper.rb); nbgrader 0.9, ``nbgrader.exchange.default.submit``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from nbgrader.utils import parse_utc

from grading.collect.archives import Refused
from grading.collect.names import is_notebook, lesson_match
from grading.collect.other_layouts import blackboard, brightspace, files, folders, gradescope, ilias, repositories
from grading.collect.owner import Owner

# In Moodle's names each "_" of the full name is a space, so the first "_" ends it. The number is drawn anew
# for every assignment. Before 4.1 the folder ended in "_"; group work without a group has no number.
_MOODLE = re.compile(r"(?P<name>[^_]+)(?:_(?P<number>\d+))?_assignsubmission_(?P<kind>[a-z0-9]+)")
_MOODLE_FOLDER = re.compile(_MOODLE.pattern + r"_?")
_MOODLE_FILE = re.compile(_MOODLE.pattern + r"_(?P<file>.+)", re.DOTALL)

# Canvas: sortable name without blanks and in lower case, LATE, user id, attachment id, file. The name is
# missing where marking is anonymous. Capital letters are the server's own.
_CANVAS_USER = r"(?:^|_)(?P<late>LATE_)?(?P<user>anon_[A-Za-z0-9]+|[1-9]\d*)_"
_CANVAS_FILE = re.compile(_CANVAS_USER + r"(?P<upload>[1-9]\d*)_(?=(?P<file>.+)$)", re.DOTALL)
_CANVAS_PAGE = re.compile(_CANVAS_USER + r"(?P<file>(?:text|link)\.html)$")


Layout = Callable[[tuple[str, ...], Iterable[str]], Owner | None]


def moodle(path: tuple[str, ...], lessons: Iterable[str]) -> Owner | None:
    """``Full Name_123_assignsubmission_file_/a.ipynb``, or all that in the file's name."""
    if len(path) > 1:
        match, inner = _MOODLE_FOLDER.fullmatch(path[0]), path[1:]
        prefix = f"{path[0]}/"
    else:
        match = _MOODLE_FILE.fullmatch(path[0])
        inner = (match["file"],) if match else ()
        prefix = path[0][: match.start("file")] if match else ""
    if match is None:
        return None
    number = match["number"] or ""
    return Owner(match["name"], number, display=match["name"], inner=inner, prefix=prefix if number else "")


def canvas(path: tuple[str, ...], lessons: Iterable[str]) -> Owner | None:
    """``lastnamefirst_LATE_123_456_a.ipynb``: user 123, attachment 456.

    Raises
    ------
    Refused
        When a display name or a file's name makes it readable as of two users.
    """
    if len(path) != 1:
        return None
    match = _CANVAS_FILE.search(path[0])
    if match is None:
        page = _CANVAS_PAGE.search(path[0])
        if page is None:
            return None
        display = path[0][: page.start()]
        return Owner(page["user"], display=display, inner=(page["file"],), late=bool(page["late"]))
    at = match.start()
    while another := _CANVAS_FILE.search(path[0], at + 1):
        at = another.start()
        name = path[0][:at]
        # Canvas leaves of a name only letters, digits and "_", in lower case
        if another["user"] != match["user"] and re.fullmatch(r"\w*", name) and name == name.lower():
            users = f"user {match['user']} or of user {another['user']}"
            raise Refused(f"can be read as of {users}: rename it, or take it by hand")
    return Owner(
        match["user"],
        display=path[0][: match.start()],
        inner=(match["file"],),
        upload=int(match["upload"][:18]),
        late=bool(match["late"]),
        prefix=path[0][: match.start("file")] if match["user"].isdecimal() else "",
    )


def exchange(path: tuple[str, ...], lessons: Iterable[str]) -> Owner | None:
    """nbgrader's ``student+lesson+timestamp+random/a.ipynb``; a student's name may hold a ``+``, as there."""
    for count in (3, 2):
        fields = path[0].rsplit("+", count)
        when = utc(fields[2]) if len(path) > 1 and len(fields) == count + 1 and fields[0] else None
        if when is not None:
            return Owner(fields[0], display=fields[0], inner=path[1:], lesson=fields[1], submitted=when)
    return None


def plain(path: tuple[str, ...], lessons: Iterable[str]) -> Owner | None:
    """``<student>/<lesson>/...``"""
    if len(path) < 3 or path[0].startswith("."):
        return None
    match = lesson_match(f"{path[1]}.ipynb", lessons)
    if match is None or match.exactness < 2 or not match.original:
        return None
    return Owner(path[0], display=path[0], inner=path[2:], lesson=match.lesson)


LAYOUTS: dict[str, Layout] = {
    "moodle": moodle,
    "canvas": canvas,
    "nbgrader": exchange,
    "plain": plain,
    "gradescope": gradescope,
    "blackboard": blackboard,
    "brightspace": brightspace,
    "ilias": ilias,
    "repositories": repositories,
    "files": files,
    "folders": folders,
}
# what each is, for people
SEEN = {
    "moodle": "Moodle's",
    "canvas": "Canvas's",
    "nbgrader": "nbgrader's exchange",
    "plain": "<student>/<lesson>/",
    "gradescope": "Gradescope's",
    "blackboard": "Blackboard's",
    "brightspace": "Brightspace's",
    "ilias": "ILIAS's",
    "repositories": "repositories, <repository>/.../<lesson>/<lesson>.ipynb",
    "files": "files, <student>_<lesson>.ipynb",
    "folders": "folders, <student>/*.ipynb",
}
# those that put a student's name into a file's, also that of an archive
NAME_FILES = ("moodle", "canvas", "blackboard", "brightspace")
# names that people give fit by chance too: they are tried when no system's do, the closest first
_BY_HAND = ("repositories", "files", "folders")
# those whose archives are no system's: one that lies among submissions may be a student's
MADE_BY_HAND = ("plain", *_BY_HAND)


def detect(paths: Sequence[tuple[str, ...]], lessons: Iterable[str]) -> tuple[str, int]:
    """The layout that most submissions are named by, and how many folders lie around them.

    What counts is at how many places a layout fits. Whatever a student has put into one folder is one place, so that no
    single submission can decide for the others. First comes a system's layout that fits most places with a notebook,
    then one of those made by hand, then whatever fits at most places.

    Raises
    ------
    Refused
        When no layout fits.
    """
    around = _folders_around(paths)
    best, most = ("", 0), 0
    for name, depth in _candidates(around):
        within = [path[depth:] for path in paths if len(path) > depth]
        with_notebook = {path[0] for path in within if is_notebook(path[-1])}
        if name in _BY_HAND:
            within = [path for path in within if is_notebook(path[-1])]
        fitting = {path[0] for path in within if _fits(LAYOUTS[name], path, lessons)}
        if 2 * len(fitting) > len(fitting | with_notebook):
            return name, depth
        if len(fitting) > most:
            best, most = (name, depth), len(fitting)
    if most:
        return best
    raise Refused(
        f"is laid out in no way that is known ({', '.join(SEEN.values())}): put each notebook into "
        "<student>/<lesson>/<lesson>.ipynb"
    )


def _candidates(around: int) -> Iterator[tuple[str, int]]:
    """Each layout with a number of folders around, in the order in which they are tried."""
    for depth in range(around + 1):
        for name in LAYOUTS:
            if name not in _BY_HAND:
                yield name, depth
    # the folder around all files is the class's, where others lie in it
    for depth in reversed(range(around + 1)):
        for name in _BY_HAND:
            yield name, depth


def _folders_around(paths: Sequence[tuple[str, ...]]) -> int:
    """How many folders lie around all others, at most 3."""
    for depth in range(3):
        within = [path[depth:] for path in paths if len(path) > depth]
        if len({path[0] for path in within if len(path) > 1}) != 1:
            return depth
    return 3


def utc(text: str) -> datetime | None:
    """A timestamp as nbgrader writes it, in UTC; None when it is none."""
    if not re.match(r"\d{4}-\d\d-\d\d[ T]\d\d[:.\-]?\d\d", text) or len(text) > 64:
        return None
    try:
        return parse_utc(text.strip()).replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None


def _fits(layout: Layout, path: tuple[str, ...], lessons: Iterable[str]) -> bool:
    try:
        return layout(path, lessons) is not None
    except Refused:
        return True


def worth_reading(owner: Owner) -> bool:
    """Whether a file inside a submission may hold a notebook that a student meant to hand in."""
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in owner.inner)
    return not hidden and is_notebook(owner.inner[-1])
