"""Make a gradebook's database whole or not at all, and without the command that nbgrader starts for it."""

from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from nbgrader.api import Base, Course
from nbgrader.dbutil import ALEMBIC_DIR

from grading.files import replacement


def new_gradebook(db_url: str | sa.URL, tables: sa.MetaData | None = None) -> None:
    """Make nbgrader's tables, and `tables` beside them, where there are none yet.

    nbgrader would make its tables one by one and start `alembic` to learn its schema's version: that takes
    seconds, and what dies in between leaves a gradebook without one.
    """
    url = sa.make_url(db_url)
    if url.get_backend_name() != "sqlite":
        _make(url, tables)
        return
    path = Path(url.database or "")
    if path.exists() and path.stat().st_size:
        _make(url, tables)
        return
    for leftover in (".new", ".new-journal"):
        path.with_name(path.name + leftover).unlink(missing_ok=True)
    with replacement(path) as fresh:
        _make(url.set(database=str(fresh)), tables)


def _make(url: sa.URL, tables: sa.MetaData | None) -> None:
    engine = sa.create_engine(url)
    try:
        names = set(sa.inspect(engine).get_table_names())
        with engine.begin() as connection:
            if not names & Base.metadata.tables.keys():
                Base.metadata.create_all(connection)
                if connection.dialect.name == "postgresql":
                    _suit_postgresql(connection)
                head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
                connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
                connection.execute(sa.text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
            if tables is not None and not names >= tables.tables.keys():
                tables.create_all(connection)
    finally:
        engine.dispose()


def _suit_postgresql(connection: sa.Connection) -> None:
    """PostgreSQL looks at what SQLite lets pass: that there is a course with our empty id, and that names have at most
    nbgrader's 128 characters, while a folder's may have more."""
    connection.execute(Course.__table__.insert().values(id=""))
    for table, column in (("student", "id"), ("submitted_assignment", "student_id")):
        connection.execute(sa.text(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR"))
