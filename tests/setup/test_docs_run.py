"""Every command that README.md and the handbooks show: its arguments are the program's, and a test runs it."""

import re
import shlex
from functools import cache

import pytest

from grading.cli import _parser
from grading.lesson.places import PROJECT

PAGES = ("README.md", "CONTRIBUTING.md", *sorted(f"docs/{file.name}" for file in (PROJECT / "docs").glob("*.md")))
# a test that reads the page and runs each of its lines
RUN_WHOLE = {"docs/author.md": "tests/author/test_tutorial.py", "docs/year.md": "tests/grading/test_year.py"}
PROGRAMS = re.compile(
    r"(?:\S*/)?(?:convgrade|make|python|git|nbgrader|jupyter|dask|createdb|createuser|psql|pip|conda|cd|apt-get) "
)
FORMGRADER = "tests/browser/test_formgrader.py enables it in a configuration of its own"
# what no test runs as it stands there, and why that is enough
ELSEWHERE = {
    "make learn": "it stays open; tests/browser starts the same JupyterLab",
    "make check": "the tests that it chooses are the same as these; it would run this one in itself",
    "make test": "it runs this test",
    "git clone <this repository> && cd <its folder>": ".ci/foreign works in a clone",
    "python -m pytest tests/attacks": "make test runs the folder",
    "python -m pytest tests/attacks -k frames": "make test runs the folder",
    """.venv/bin/python -m pytest tests/attacks -k "the-file's-name\"""": "make test runs the folder",
    ".venv/bin/dask scheduler --host 10.0.0.1 --port 8786 --no-dashboard": "tests/cluster starts one of its own",
    ".venv/bin/dask worker tcp://10.0.0.1:8786 --nthreads 8 --no-dashboard": "tests/cluster starts one of its own",
    "jupyter server extension enable --sys-prefix nbgrader.server_extensions.formgrader": FORMGRADER,
    "../.venv/bin/jupyter server extension enable --sys-prefix nbgrader.server_extensions.formgrader": FORMGRADER,
    "../.venv/bin/jupyter lab": "it stays open; tests/browser/test_formgrader.py starts it",
    "cd grading": "it goes with the line below it",
    ".venv/bin/python -m pip install --require-hashes -r requirements/similar.txt": "make test's packages are these",
    ".venv/bin/python -m pip install --require-hashes -r requirements/postgres.txt": "make test's packages are these",
    ".venv/bin/python -m pip install --require-hashes -r requirements/cluster.txt": "make test's packages are these",
    "make .venv/grading": "make grade makes it first",
    "pip install --require-hashes -r requirements.txt && pip install --no-deps .": "the archive's start.py does so in"
    " tests/setup/test_hand_out.py",
    "pip install nbgrader==0.9.6": "requirements/grading.txt has this version, and make installs it",
    "createuser --pwprompt grader": "it asks for a password; tests/postgres makes its user by initdb",
    "createdb --owner grader --encoding UTF8 --template template0 course": "tests/postgres makes its own",
    "convgrade watch 09-attention": "it never ends; tests/author/test_commands.py tests what it does on a save",
    "convgrade watch 09-name": "it never ends; tests/author/test_commands.py tests what it does on a save",
}  # fmt: skip
# words that stand for what the reader puts there
STANDS_FOR = {"N": "2", "S": "10", "MB": "900", "LAYOUT": "moodle", "TIME": "2026-12-01T17:00Z"}


def commands(page):
    """The commands in the indented blocks of a page, without their comments."""
    for line in (PROJECT / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("    ") and PROGRAMS.match(line.strip() + " "):
            yield re.sub(r"\s+#.*", "", line.strip())


SHOWN = [(page, command) for page in PAGES for command in commands(page)]


def test_there_are_commands_to_look_at():
    assert len(SHOWN) > 60 and len({page for page, _ in SHOWN}) > 8


@pytest.mark.parametrize("page", RUN_WHOLE)
def test_a_page_that_is_run_whole_is_read_by_its_test(page):
    text = (PROJECT / RUN_WHOLE[page]).read_text(encoding="utf-8")
    assert page.rpartition("/")[2] in text and re.search(r"subprocess\.run|python\.run|ProjectCopy", text)


@pytest.mark.parametrize(("page", "command"), SHOWN)
def test_a_command_is_right_and_a_test_runs_it(page, command):
    if command in ELSEWHERE or page in RUN_WHOLE:
        return
    for one in command.split(" && "):
        words = shlex.split(one)
        program = words[0].rpartition("/")[2]
        if program == "make":
            assert re.search(rf"^[\w \-]*\b{words[1]}\b[\w \-]*:", (PROJECT / "Makefile").read_text(), re.MULTILINE)
            assert f"make {words[1]}" in (PROJECT / ".ci" / "run").read_text(), f"nothing runs {one}"
        else:
            assert program == "convgrade", f"nothing runs {one}, and no exception says why"
            _parser().parse_args(_filled(one))
            assert _tests_of(one), f"no test has this command with these options: {one}"


def test_no_exception_is_left_over():
    shown = {command for _, command in SHOWN}
    assert not set(ELSEWHERE) - shown


def _filled(command):
    """The words behind `convgrade`, with brackets and dots gone and values in the place of names for them."""
    words = shlex.split(re.sub(r"[\[\]]|\.\.\.", " ", command))[1:]
    return [STANDS_FOR.get(word, word) for word in words]


def _tests_of(command):
    """The test files that run this command of `convgrade`, each option of it somewhere in one of them."""
    name, *rest = _filled(command)
    options = {word for word in rest if word.startswith("--")}
    files = [text for text in _tests() if re.search(rf"""["'(]{name}["']|convgrade {name}\b""", text)]
    return files if all(any(option in text for text in files) for option in options) else []


@cache
def _tests():
    here = [
        file.read_text(encoding="utf-8")
        for file in sorted((PROJECT / "tests").rglob("*.py"))
        if file.name != "test_docs_run.py"
    ]
    # what test_year.py and test_tutorial.py run stands in the pages
    return [*here, *("\n".join(commands(page)) for page in RUN_WHOLE)]
