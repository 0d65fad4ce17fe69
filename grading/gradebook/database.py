"""Where a gradebook lies: a file of SQLite below the output folder, or the database that ``--db`` names.

No message shows a password.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

INSTALL = "python -m pip install --require-hashes -r requirements/postgres.txt"
HOW = "write it as postgresql+psycopg://user@host/database; in a password @ is %40, : is %3A and / is %2F"
CONNECT_SECONDS = "10"
WRITER = 0x636F6E76  # PostgreSQL's advisory locks have numbers; this one is ours


class DatabaseError(ValueError):
    """The gradebook's database cannot be used; the message says which and why."""


def gradebook_url(db: str | None, out: Path) -> sa.URL:
    """The address of the gradebook: what ``--db`` says, or ``gradebook.db`` in the output folder.

    Raises
    ------
    DatabaseError
        When `db` is no address of an SQLite or PostgreSQL database, or the driver is not installed.
    """
    if db is None:
        return sa.URL.create("sqlite", database=str(out.resolve() / "gradebook.db"))
    try:
        url = sa.make_url(db)
    except (sa.exc.ArgumentError, ValueError):  # what they say may hold a part of the password
        raise DatabaseError(f"--db is not a database's address: {HOW}") from None
    if db.count("@") > 1:
        raise DatabaseError(f"--db has more than one @: {HOW}")
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database:
        return url
    if kind != "postgresql" or not url.database:
        raise DatabaseError(f"--db: a gradebook lies in a PostgreSQL database or in an SQLite file: {HOW}")
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise DatabaseError(f"--db: PostgreSQL needs the package psycopg: {INSTALL}") from None
    url = url.set(drivername="postgresql+psycopg")
    return url if "connect_timeout" in url.query else url.update_query_dict({"connect_timeout": CONNECT_SECONDS})


def printable_url(url: sa.URL) -> str:
    """The database's address for messages, without the password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"--db {url.set(query={}).render_as_string(hide_password=True)}"


def message_of(url: sa.URL, error: Exception) -> str:
    """What a database driver says, in one line without the password."""
    text = str(getattr(error, "orig", error) or error).splitlines()[0]
    for secret in (url.password, url.query.get("password")):
        if secret:
            text = text.replace(str(secret), "***")
    return text


def has_gradebook(url: sa.URL) -> bool:
    """Whether a class has been graded there.

    Raises
    ------
    DatabaseError
        When the server does not answer.
    """
    if url.get_backend_name() == "sqlite":
        return Path(url.database or "").exists()
    with _connected(url) as connection:
        return sa.inspect(connection).has_table("convgrade_submission")


@contextlib.contextmanager
def only_writer(url: sa.URL) -> Iterator[None]:
    """Keep graders on other machines out of a gradebook in PostgreSQL. The lock goes with the process, however it ends.

    Raises
    ------
    DatabaseError
        When the server does not answer, or another grader is at work.
    """
    if url.get_backend_name() == "sqlite":
        yield
        return
    with _connected(url) as connection:
        if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(WRITER))).scalar():
            raise DatabaseError(f"{printable_url(url)}: another `convgrade grade` is writing there")
        yield


@contextlib.contextmanager
def _connected(url: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        connection = engine.connect()
    except sa.exc.DBAPIError as error:
        raise DatabaseError(f"{printable_url(url)}: the gradebook cannot be used: {message_of(url, error)}") from None
    try:
        yield connection
    finally:
        with contextlib.suppress(sa.exc.DBAPIError):  # a server that is gone has let go of everything
            connection.close()
        engine.dispose()
