"""The learner's package holds no convolution, no gradient of one, and nothing that has them."""

import ast
import importlib
import inspect
import itertools
import pkgutil
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import convschool
from reference import conv2d, conv2d_backward

PACKAGE = Path(convschool.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
IMPORTS = {"IPython", "anywidget", "convschool", "ipywidgets", "matplotlib", "numpy", "traitlets"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_package_imports_nothing_that_has_a_convolution(source):
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        for name in names:
            assert name.partition(".")[0] in IMPORTS | sys.stdlib_module_names


def test_the_package_asks_for_no_library_that_has_one():
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {requirement.partition(">")[0] for requirement in project["dependencies"]}
    assert names == {"numpy", "matplotlib", "ipywidgets", "jupyterlab", "anywidget"}


def functions():
    """Every function that the package defines, private ones too."""
    for found in pkgutil.walk_packages(convschool.__path__, "convschool."):
        module = importlib.import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__:
                yield pytest.param(function, id=f"{found.name}.{name}")


def arrays_in(value):
    """Each array that can be found in a result."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        yield value
    elif isinstance(value, dict):
        yield from itertools.chain.from_iterable(map(arrays_in, value.values()))
    elif isinstance(value, list | tuple):
        yield from itertools.chain.from_iterable(map(arrays_in, value))
        try:
            yield np.asarray(value, float)
        except (TypeError, ValueError):
            return


@pytest.mark.parametrize("function", list(functions()))
def test_no_function_returns_a_convolution_or_a_gradient(function, notebook, course):
    """Whatever it is called with: image, kernel and upstream gradient in any order, with a stride or none."""
    rng = np.random.default_rng(0)
    x, w, dout = rng.normal(size=(4, 5)), rng.normal(size=(2, 2)), rng.normal(size=(3, 4))
    planes = x[None, None], w[None, None]
    answers = [conv2d(*planes), *conv2d_backward(dout[None, None], *planes)[:2]]
    for count in (1, 2, 3):
        for given in itertools.permutations((x, w, dout, x.shape), count):
            for more in ((), (1, 0)):
                try:
                    result = function(*given, *more)
                except Exception:
                    continue
                for array in arrays_in(result):
                    for answer in answers:
                        assert array.size != answer.size or not np.allclose(array.ravel(), answer.ravel())
