"""From an export to ``<student>/<lesson>/<lesson>.ipynb``, with the time of intake and a list of all its files."""

import csv
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from grading.collect import earlier, origin, people
from grading.collect.choose import Delivery, choose
from grading.collect.layouts import LAYOUTS
from grading.collect.plain_data import CollectError, Options, Outcome, Reading, Request, Row, row
from grading.collect.read import Aside, read
from grading.collect.receipt import STAMP, TABLE, received_at, stamp_text
from grading.files import write_table
from grading.lesson.places import chosen


def collect(
    source: Path, into: Path, options: Options | None = None, seen: Callable[[str], None] = lambda layout: None
) -> list[Row]:
    """Take the notebooks of an export into `into`, and list every file of it.

    Parameters
    ----------
    source : Path
        A folder, zip or tar as Moodle, Canvas or nbgrader's exchange make it, or with
        ``<student>/<lesson>/<lesson>.ipynb``. Zips and tars directly in a folder are exports of their own.
    into : Path
        Gets ``<student>/<lesson>/<lesson>.ipynb`` with ``timestamp.txt``, and ``collected.csv``. Must be
        new, empty or made by an earlier call.
    options : Options, optional
    seen : callable, optional
        Gets each layout that was met.

    Returns
    -------
    list of Row
        Of this call, sorted by file.

    Raises
    ------
    CollectError
        When `source` is no such export, an option is wrong, or `into` cannot be used. No submission is changed
        then.
    """
    options = options or Options()
    request = _request(options)
    if not source.exists():
        raise CollectError(f"SOURCE: there is no {source}")
    _prepare(into, source)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=into) as aside:
        readings = list(read(source, options.layout, request, Aside(Path(aside))))
        rows = [one for reading in readings for one in reading.rows]
        deliveries, others = choose((one for reading in readings for one in reading.notebooks), request)
        rows += others
        rows += [deliver(one, into, request) for one in deliveries]
    rows.sort(key=lambda row: (row.file, row.student))
    for one in dict.fromkeys(reading.layout for reading in readings if reading.layout):
        seen(one)
    write_table(into / TABLE, [field.name for field in fields(Row)], [asdict(row) for row in rows])
    origins = {
        student: origin.Origin(reading.layout, prefix)
        for reading in readings
        for student, prefix in _prefixes(reading).items()
    }
    people.remember(into, rows, origins)
    return rows


def _request(options: Options) -> Request:
    lessons = chosen([options.lesson] if options.lesson else None)
    now, received = options.now or datetime.now(UTC), options.received
    for argument, value in (("received", received), ("now", now)):
        if value is not None and value.tzinfo is None:
            raise CollectError(f"{argument}: {value} has no time zone")
    if options.layout is not None and options.layout not in LAYOUTS:
        raise CollectError(f"layout: {options.layout!r} is none of {', '.join(LAYOUTS)}")
    return Request(lessons, options.lesson or "", min(received or now, now), now, options.limits)


def _prefixes(reading: Reading) -> dict[str, str]:
    """By student, what the names of files begin with that are theirs in an export."""
    return {one.owner.student: one.owner.prefix for one in reading.notebooks if one.owner.prefix} | reading.prefixes


def deliver(delivery: Delivery, into: Path, request: Request) -> Row:
    """Put a notebook into its place, unless what lies there is newer, and those that it replaces beside it."""
    best = delivery.best
    owner, lesson = best.owner, best.match.lesson
    folder = into / owner.student / lesson
    for one in delivery.earlier:
        earlier.keep(folder, one.kept_at.read_bytes(), min(one.owner.submitted or request.now, request.now))
    when = min(owner.submitted or request.received, request.now)
    remarks = ["marked late by the system"] if owner.late else []
    remarks += [owner.doubt] if owner.doubt else []
    if best.match.exactness < 2 or not best.match.original:
        remarks.append(f"taken as {lesson}.ipynb")
    outcome: Outcome = "taken"
    place, before = folder / f"{lesson}.ipynb", received_at(folder)
    if place.exists() and before is not None:
        if place.read_bytes() == best.kept_at.read_bytes():
            outcome, when = "unchanged", min(when, before)
        elif before > when:
            earlier.keep(folder, best.kept_at.read_bytes(), when)
            return row(best.name, "kept", f"the one taken before is of {stamp_text(before)}", owner, lesson)
        else:
            remarks.append(f"replaces the one of {stamp_text(before)}")
            earlier.keep(folder, place.read_bytes(), before)
    folder.mkdir(parents=True, exist_ok=True)
    stamp = best.kept_at.with_suffix(".txt")
    stamp.write_text(f"{stamp_text(when)}\n", encoding="ascii")
    # the time first: a notebook never lies there with the time of an older one
    os.replace(stamp, folder / STAMP)
    origin.keep(folder, origin.Origin(best.system, owner.prefix), best.secret)
    os.replace(best.kept_at, place)
    people.forget_refusal(folder)
    return replace(row(best.name, outcome, "; ".join(remarks), owner, lesson), received=stamp_text(when))


def _prepare(into: Path, source: Path) -> None:
    if into.resolve() == source.resolve() or source.resolve() in into.resolve().parents:
        raise CollectError(f"--into: {into} lies in SOURCE")
    try:
        into.mkdir(parents=True, exist_ok=True)
        if not (into / TABLE).exists():
            if any(not item.name.startswith(".incoming-") for item in into.iterdir()):
                raise CollectError(
                    f"--into: {into} holds other files; choose a new folder or one that collect has made"
                )
            with open(into / TABLE, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerow([field.name for field in fields(Row)])
    except OSError as error:
        raise CollectError(f"--into: {into} cannot be written ({error.strerror})") from error
