"""Which parts have passed so far, kept in ``progress.json`` in the course folder for `convschool.progress`."""

import json
from pathlib import Path

from convschool import mode
from convschool.course_folder import course_folder


def record_file() -> Path:
    """Where the record is kept."""
    return course_folder() / "progress.json"


def note(part_id: str, passed: bool) -> None:
    """Remember how the latest check of a part ended.

    Nothing is kept where the mode says so, as at grading, or where the folder cannot be written: a check must not
    fail for that.
    """
    if not mode.current().progress:
        return
    record = read()
    if record.get(part_id) == passed:
        return
    record[part_id] = passed
    file = record_file()
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(json.dumps(record, indent=1, sort_keys=True), encoding="utf-8")
        fresh.replace(file)
    except OSError:
        return


def read() -> dict[str, bool]:
    """The record, part by part; empty when there is none or it cannot be read."""
    try:
        record = json.loads(record_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(record, dict):
        return {}
    return {key: value for key, value in record.items() if isinstance(value, bool)}
