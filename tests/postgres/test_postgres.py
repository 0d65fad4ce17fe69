"""A gradebook in a real PostgreSQL: the same marks as in SQLite, and clear errors that keep the password."""

from datetime import datetime

import pytest
from nbgrader.api import Gradebook
from small_course import LESSON, hand_in, hand_in_class
from sqlalchemy import create_engine, inspect

from grading.cli import main
from grading.gradebook import Record
from grading.gradebook.database import DatabaseError, gradebook_url, only_writer
from grading.output import Output
from grading.publish.report import totals

ODD_NAMES = ["a", "B", "b-c", "bc", "Ä", "z" * 200]


@pytest.fixture
def both(course, server):
    """A class graded twice: in SQLite, and in PostgreSQL. Output folder and ``--db`` of each."""
    hand_in_class(course.submissions, 9)
    for student in ODD_NAMES:
        hand_in(course.submissions, student, {"double": "# right"})
    books = [(course.out, None), (course.out.with_name("there"), server.new_database())]
    for out, _ in books:
        out.mkdir()
        (out / "seed").write_text("11\n")
    grade(course, books)
    return books


def grade(course, books, *more):
    for out, db in books:
        assert course.grade(*more, *(["--db", db] if db else []), out=out) == 0


def recorded(out, db):
    """What the gradebook says."""
    with Record(gradebook_url(db, out)) as record:
        output = [
            record.states(),
            record.marks(),
            record.sheets(),
            totals(record, Output(out, db)),
            record.waiting(),
            record.bases(),
        ]
        scores = [
            (one.student_id, one.score, one.max_score, one.needs_manual_grade, one.timestamp)
            for one in record.gradebook.assignment_submissions(LESSON)
        ]
        return [*output, sorted(scores), record.gradebook.average_assignment_score(LESSON)]


def assert_same(books, *names):
    (here, _), (there, _) = books
    for name in ("grades.csv", *names):
        assert (here / name).read_bytes() == (there / name).read_bytes(), name
    assert recorded(*books[0]) == recorded(*books[1])


def test_the_same_marks_byte_for_byte(both):
    assert_same(both)
    (here, _), (there, url) = both
    lines = (there / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert len({line.split(",")[0] for line in lines[1:]}) == 9 + len(ODD_NAMES)
    assert not (there / "gradebook.db").exists()


@pytest.mark.left_to_ci
def test_pages_and_exports_are_the_same(both, capsys):
    for out, db in both:
        more = ["--out", str(out), *(["--db", db] if db else [])]
        for page in [*out.glob("feedback/*/*/*.html"), out / "report.html"]:
            page.unlink()
        for words in (["feedback", "--workers", "1"], ["report"], ["export", "--format", "canvas"]):
            assert main([*words, *more]) == 0
        assert main(["export", "--format", "moodle", *more]) == 0
    pages = [page.relative_to(both[0][0]) for page in both[0][0].glob("feedback/*/*/*.html")]
    assert len(pages) == 9 + len(ODD_NAMES)
    assert_same(both, "canvas.csv", "moodle.csv", "report.html", *pages)


def test_status_says_the_same(both, course, capsys):
    output = []
    for out, db in both:
        capsys.readouterr()
        words = ["status", LESSON, "--submissions", str(course.submissions), "--out", str(out)]
        assert main([*words, *(["--db", db] if db else [])]) == 0
        output.append(capsys.readouterr().out)
    assert output[0] == output[1] and "done" in output[0]


@pytest.mark.left_to_ci
def test_graded_again_with_a_lesson_that_has_changed(both, course):
    for out, db in both:
        with Gradebook(db or f"sqlite:///{out / 'gradebook.db'}", course_id="") as book:
            book.find_grade("why", LESSON, LESSON, "s0004").manual_score = 2.5
            book.find_comment("why", LESSON, LESSON, "s0004").manual_comment = "A good start, Ω."
            book.find_assignment(LESSON).duedate = datetime(2030, 1, 2, 3, 4, 5)
            book.db.commit()
    course.change({"double": {"plain": 2}, "third": {"plain": 1}}, "another version")
    grade(course, both, "--regrade")
    assert_same(both, "changes.csv")
    (sheet,) = [sheet for sheet in recorded(*both[1])[2] if sheet.state.student == "s0004"]
    assert (sheet.scores["why"], sheet.comments["why"]) == ((2.5, 3.0), "A good start, Ω.")
    assert "negate-plain" not in sheet.scores and "third-plain" in sheet.scores


def test_nbgraders_schema_is_whole(both):
    (here, _), (_, url) = both
    tables = []
    for address in (f"sqlite:///{here / 'gradebook.db'}", url):
        engine = create_engine(address)
        tables.append(sorted(inspect(engine).get_table_names()))
        with engine.connect() as connection:
            tables.append(connection.exec_driver_sql("SELECT version_num FROM alembic_version").fetchall())
        engine.dispose()
    assert tables[:2] == tables[2:]


def test_a_server_that_ends_the_connection_midway(both, course, server, capsys):
    """What is recorded stays, and the next run does the rest."""
    out, url = course.out.with_name("cut"), server.new_database()
    out.mkdir()
    (out / "seed").write_text("11\n")
    execute = course.fake

    def cut(job, sandbox):
        if len(execute.graded) == 5:
            name = url.rsplit("/", 1)[1]
            server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        return execute(job, sandbox)

    course.fake, graded = cut, execute.graded
    cut.graded = graded
    assert course.grade("--db", url, out=out) == 2
    assert "--db postgresql+psycopg://grader:***@127.0.0.1" in capsys.readouterr().err
    assert not (out / "grades.csv").exists()
    with Record(gradebook_url(url, out)) as record:
        before = record.states()
    assert 1 <= len(before) < 9
    course.fake = execute
    assert course.grade("--db", url, out=out) == 0
    assert not {state.student for state in before} & set(execute.graded)
    assert_same([both[0], (out, url)])


def test_one_grader_writes(server, tmp_path):
    url = gradebook_url(server.new_database(), tmp_path)
    with only_writer(url):
        with pytest.raises(DatabaseError, match="another `convgrade grade` is writing there"):
            with only_writer(url):
                pass
    with only_writer(url):
        pass


@pytest.mark.parametrize("words", [["feedback"], ["report"], ["export", "--format", "csv"]])
def test_a_database_without_a_gradebook(server, tmp_path, capsys, words):
    url = server.new_database()
    assert main([*words, "--out", str(tmp_path), "--db", url]) == 2
    assert "there is no gradebook: run `convgrade grade` first" in capsys.readouterr().err
    name = url.rsplit("/", 1)[1]
    assert server.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", name) == [(0,)]


def test_text_that_postgresql_cannot_hold(server, course):
    """A reason may hold what a learner wrote."""
    from grading.grade import load_master
    from grading.job import Executed

    with Record(server.new_database()) as record:
        record.put_lesson(LESSON, "1", load_master(LESSON).cells)
        record.write(Executed("s", LESSON, "invalid", "a\0b"))
        assert record.states()[0].reason == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("command", ["grade", "status", "feedback", "report", "export"])
@pytest.mark.parametrize("wrong", ["password", "port", "database", "host"])
def test_a_database_that_cannot_be_used(course, server, capsys, command, wrong):
    hand_in(course.submissions, "s", {"double": "# right"})
    secret = "not-the-password" if wrong == "password" else server.password
    url = {
        "password": server.url(password=secret),
        "port": server.url(port=9),
        "database": server.url("no_such_database"),
        "host": server.url().replace("127.0.0.1", "no-such-host.invalid"),
    }[wrong]
    refused(course, capsys, command, url, secret)


@pytest.mark.parametrize(
    "url",
    [
        "not an address: s3cret",
        "postgresql+psycopg://grader:s3c@ret/s3cret@127.0.0.1/class",
        "postgresql+psycopg://grader:s3cret/s3cret@127.0.0.1/class",
        "postgresql+psycopg://grader:s3cret@127.0.0.1:s3cret/class",
        "postgresql+psycopg://127.0.0.1:9/class?user=grader&password=s3cret",
        "postgresql+psycopg://grader:s3cret@127.0.0.1",
        "mysql://grader:s3cret@127.0.0.1/class",
        "nonsense://grader:s3cret@127.0.0.1/class",
        "sqlite://",
    ],
)
def test_an_address_that_is_wrong(course, capsys, url):
    hand_in(course.submissions, "s", {"double": "# right"})
    refused(course, capsys, "grade", url, "s3c")


def refused(course, capsys, command, url, secret):
    submissions = ["--submissions", str(course.submissions)] if command in ("grade", "status") else []
    words = [command, *(["--format", "csv"] if command == "export" else []), *submissions]
    assert main([*words, "--out", str(course.out), "--db", url]) == 2
    output = capsys.readouterr()
    assert output.err.startswith("convgrade: --db") and len(output.err.splitlines()) == 1
    assert secret not in output.out + output.err
    assert not (course.out / "grades.csv").exists()
