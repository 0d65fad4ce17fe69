"""Which parts have passed so far, kept in ``progress.json`` in the course folder for `convschool.progress`."""

from pathlib import Path

from convschool import mode
from convschool.course_folder import course_folder, read_kept, write_kept


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
    write_kept(record_file(), record)


def read() -> dict[str, bool]:
    """The record, part by part; empty when there is none or it cannot be read."""
    return {key: value for key, value in read_kept(record_file()).items() if isinstance(value, bool)}
