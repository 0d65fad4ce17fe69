"""IPython as a notebook sees it, with each cell's outputs as nbformat data. Both sides use this module.

No Jupyter kernel and no ZeroMQ: a forked process has its shell ready at once.
"""

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOBase

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from convschool import mode

MOST_OUTPUT = 2**20  # bytes of one cell
MOST_OUTPUT_JSON = 6 * MOST_OUTPUT  # as JSON writes them: a control character has six
CUT = "\n[more was printed than is kept]\n"
LEFT_OUT = "\n[outputs of this cell are left out: the notebook's are together more than is kept]\n"


class Outputs:
    """The outputs of the cell that runs, in order, up to `MOST_OUTPUT` bytes."""

    def __init__(self):
        self.clear()

    def clear(self) -> None:
        self.entries: list[dict] = []
        self.size = 0

    def text(self, name: str, text: str) -> None:
        if self._full(len(text)):
            return
        last = self.entries[-1] if self.entries else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"].append(text)
        else:
            self.entries.append({"output_type": "stream", "name": name, "text": [text]})

    def add(self, entry: dict, size: int) -> None:
        if not self._full(size):
            self.entries.append(entry)

    def taken(self) -> list[dict]:
        """The outputs so far, as nbformat has them; the next cell starts with none."""
        entries = [
            {**entry, "text": "".join(entry["text"])} if entry["output_type"] == "stream" else entry
            for entry in self.entries
        ]
        self.clear()
        return entries

    def _full(self, size: int) -> bool:
        if self.size > MOST_OUTPUT:
            return True
        self.size += size
        if self.size > MOST_OUTPUT:
            self.entries.append({"output_type": "stream", "name": "stderr", "text": [CUT]})
            return True
        return False


class Stream(TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of a notebook."""

    encoding = "utf-8"

    def __init__(self, name: str, outputs: Outputs):
        self.name, self._outputs = name, outputs

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._outputs.text(self.name, text)
        return len(text)


class Publisher(DisplayPublisher):
    """``display(...)``."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs) -> None:
        entry = {"output_type": "display_data", "data": dict(data), "metadata": dict(metadata or {})}
        assert isinstance(self.shell, NotebookShell)
        self.shell.outputs.add(entry, sum(len(str(part)) for part in data.values()))

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear()


class Hook(DisplayHook):
    """The value of a cell's last expression."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:
        entry = {
            "output_type": "execute_result",
            "data": dict(format_dict),
            "metadata": dict(md_dict or {}),
            "execution_count": self.prompt_count,
        }
        assert isinstance(self.shell, NotebookShell)
        self.shell.outputs.add(entry, sum(len(str(part)) for part in format_dict.values()))

    def finish_displayhook(self) -> None:
        self._is_active = False


class Transformers(TransformerManager):
    """IPython's, which look for magics by the tokens of a cell: not in what is Python as it stands."""

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        return lines if _is_python("".join(lines)) else super().do_token_transforms(lines)


def _is_python(text: str) -> bool:
    if "\\" in text:  # parsing may warn of it, and would warn again when the cell is run
        return False
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


class NotebookShell(InteractiveShell):
    """An InteractiveShell with plots, magics and tracebacks as in Jupyter, and outputs as data."""

    display_pub_class = Type(Publisher)
    displayhook_class = Type(Hook)

    def __init__(self, *args, **kwargs):
        self.outputs = Outputs()
        self.quiet = False
        super().__init__(*args, **kwargs)
        self.input_transformer_manager = Transformers()

    @classmethod
    def ready(cls) -> "NotebookShell":
        """The process's shell, with NumPy and inline plots warmed up."""
        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.separate_in = ""
        shell = cls.instance(config=config)
        shell.events.register("post_execute", shell._drop_figures)  # stands before matplotlib's own
        shell.run("%matplotlib inline")
        shell.run("import matplotlib.pyplot as _plt; _plt.figure(figsize=(1, 1)).add_subplot().plot([0, 1])")
        shell.run("1 / 0")  # the first traceback imports what tracebacks need
        shell.reset(new_session=True)
        return shell

    def run(self, source: str, quietly: bool = False) -> tuple[list[dict], BaseException | None]:
        """Run one cell: its outputs, and the exception that ended it, if one did.

        `quietly` is for the effects alone: no figure is drawn and no traceback made up.
        """
        with self._outputs_kept(quietly):
            result = self.run_cell(source, store_history=True)
        return self.outputs.taken(), result.error_before_exec or result.error_in_exec

    def run_ours(self, source: str, quietly: bool) -> tuple[list[dict], BaseException | None]:
        """`run` for a cell of ours, which has no magics, and no value that anybody looks at.

        `run` takes more time than most of our cells: it transforms them, compiles each statement and tells callbacks.
        """
        error: BaseException | None = None
        name = self.compile.cache(source, self.execution_count)
        self.execution_count += 1
        with self._outputs_kept(quietly):
            try:
                exec(compile(source, name, "exec"), self.user_ns)
            except BaseException as ended:
                error = ended
                of_cell = ended.__traceback__ and ended.__traceback__.tb_next
                self.showtraceback((type(ended), ended, of_cell))
            self.events.trigger("post_execute")  # it shows what is drawn with pyplot, or drops it
        return self.outputs.taken(), error

    @contextmanager
    def _outputs_kept(self, quietly: bool) -> Iterator[None]:
        """What is printed meanwhile goes into `outputs`, which begin empty."""
        self.outputs.clear()
        self.quiet = quietly
        sys.stdout, sys.stderr = Stream("stdout", self.outputs), Stream("stderr", self.outputs)
        try:
            with mode.using(figures=not quietly):
                yield
        finally:
            sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__

    def _drop_figures(self) -> None:
        if self.quiet and "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")

    def showtraceback(self, *args, **kwargs) -> None:
        if not self.quiet:
            super().showtraceback(*args, **kwargs)

    def _showtraceback(self, etype, evalue, stb) -> None:
        entry = {
            "output_type": "error",
            "ename": etype.__name__,
            "evalue": str(evalue),
            "traceback": [str(line) for line in stb],
        }
        self.outputs.add(entry, sum(map(len, entry["traceback"])))

    def enable_gui(self, gui=None) -> None:
        """``%matplotlib inline`` asks for an event loop; there is none."""

    def ask_exit(self) -> None:
        """``exit`` in a cell: a notebook that is graded goes on with the next one."""

    def system(self, cmd: str) -> None:
        """``!command``, without the pseudo-terminal that IPython opens for one."""
        result = subprocess.run(
            self.var_expand(cmd, depth=1),
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        print(result.stdout.decode(errors="replace"), end="")
        self.user_ns["_exit_code"] = result.returncode


def fitting(outputs: dict[int, list[dict]], most: int) -> dict[int, list[dict]]:
    """Of the outputs of cells, by position, what has together at most `most` bytes as JSON; where some is left out,
    the cell says so.
    """
    whole, size = {}, 0
    for position, entries in sorted(outputs.items()):
        of_cell, left_out = [], False
        for entry in entries:
            bytes_of_it = len(json.dumps(entry))
            if size + bytes_of_it > most:
                left_out = True
                continue
            size += bytes_of_it
            of_cell.append(entry)
        whole[position] = of_cell + [{"output_type": "stream", "name": "stderr", "text": LEFT_OUT}] * left_out
    return whole


def plain_outputs(outputs: object, keep: Callable[[str, object], bool]) -> list[dict]:
    """Outputs that came from a stranger, as valid nbformat of the plain kinds; what is not is left out.

    `keep` says of a MIME type and its content whether it stays. Together they hold at most `MOST_OUTPUT_JSON` bytes
    as JSON, so that they fit into a message.
    """
    plain_list: list[dict] = []
    size = 0
    for entry in outputs if isinstance(outputs, list) else []:
        plain = _plain_output(entry, keep) if isinstance(entry, dict) else None
        if plain is None:
            continue
        size += len(json.dumps(plain))
        if size > MOST_OUTPUT_JSON or len(plain_list) > 1000:
            plain_list.append({"output_type": "stream", "name": "stderr", "text": CUT})
            break
        plain_list.append(plain)
    return plain_list


def _plain_output(entry: dict, keep: Callable[[str, object], bool]) -> dict | None:
    kind = entry.get("output_type")
    if kind == "stream" and entry.get("name") in ("stdout", "stderr") and isinstance(entry.get("text"), str):
        return {"output_type": "stream", "name": entry["name"], "text": entry["text"]}
    if kind in ("display_data", "execute_result") and isinstance(entry.get("data"), dict):
        data = {mime: part for mime, part in entry["data"].items() if isinstance(mime, str) and keep(mime, part)}
        plain = {"output_type": kind, "data": data, "metadata": {}}
        return plain | ({"execution_count": None} if kind == "execute_result" else {}) if data else None
    if kind == "error":
        lines = entry.get("traceback")
        if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
            name, value = str(entry.get("ename"))[:200], str(entry.get("evalue"))[:5000]
            return {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}
    return None
