"""The documentation in the code: each public function and class has examples that run, hints, and one form."""

import doctest
import inspect
import pkgutil
import re
from importlib import import_module

import numpy as np
import pytest

import reference
from reference import architecture_search, initializers, layers, models, optimizers

LISTED = [reference, architecture_search, layers, models]
PAGES = {
    **{name: getattr(module, name) for module in LISTED for name in module.__all__},
    "Optimizer": optimizers.Optimizer,
    **{name: item for name, item in vars(initializers).items() if name != "real"},
}
PAGES = {
    name: item
    for name, item in PAGES.items()
    if (inspect.isclass(item) or inspect.isfunction(item)) and item.__module__.startswith("reference.")
}
SECTIONS = ["Parameters", "Attributes", "Returns", "Yields", "Raises", "Notes", "Examples"]
#: What examples may use without an import: everything public.
NAMES = {"np": np, **PAGES}

every_page = pytest.mark.parametrize("name", PAGES)


def sections(doc):
    """The names of a docstring's sections, in order."""
    return re.findall(r"^(\w+)\n-+$", doc, re.MULTILINE)


def section(doc, name):
    """The text of one section."""
    found = re.search(rf"^{name}\n-+\n(.*?)(?=^\w+\n-+$|\Z)", doc, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


@every_page
def test_the_examples_run(name):
    examples = doctest.DocTestFinder(recurse=False).find(PAGES[name], name, globs=dict(NAMES))
    assert sum(len(example.examples) for example in examples) > 0, "no examples"
    said = []
    runner = doctest.DocTestRunner(verbose=False)
    for example in examples:
        runner.run(example, out=said.append)
    assert not said, "".join(said)


@every_page
def test_the_form_is_the_same_everywhere(name):
    doc = inspect.getdoc(PAGES[name])
    found = sections(doc)
    assert found == [name for name in SECTIONS if name in found]
    assert ">>>" in section(doc, "Examples")
    for heading in found:
        assert f"{heading}\n{'-' * len(heading)}\n" in doc


@every_page
def test_every_parameter_is_told(name):
    item = PAGES[name]
    if name in ("History", "SearchHistory", "Cost", "ReceptiveField"):  # what others return
        told = section(inspect.getdoc(item), "Attributes")
    else:
        told = section(inspect.getdoc(item), "Parameters")
    names = {word for line in re.findall(r"^(\S.*)$", told, re.MULTILINE)
             for word in re.findall(r"\w+", line.split(" : ")[0])}  # fmt: skip
    assert set(inspect.signature(item).parameters) <= names
    if inspect.isfunction(item):
        assert section(inspect.getdoc(item), "Returns") or section(inspect.getdoc(item), "Yields")


def functions_of(module):
    """The functions and methods that a module defines."""
    for item in vars(module).values():
        if inspect.isfunction(item) and item.__module__ == module.__name__:
            yield item
        if inspect.isclass(item) and item.__module__ == module.__name__:
            for method in vars(item).values():
                if isinstance(method, property):
                    method = method.fget
                if (
                    inspect.isfunction(method) and method.__code__.co_filename == module.__file__
                ):  # not a dataclass's own
                    yield method


MODULES = [found.name for found in pkgutil.walk_packages(reference.__path__, "reference.")]


@pytest.mark.parametrize("module", MODULES)
def test_every_function_says_what_it_takes_and_gives(module):
    for function in functions_of(import_module(module)):
        signature = inspect.signature(function)
        for key, parameter in signature.parameters.items():
            starred = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
            if key != "self" and not starred:
                assert parameter.annotation is not parameter.empty, f"{function.__qualname__}: {key}"
        if function.__name__ != "__init__":
            assert signature.return_annotation is not signature.empty, function.__qualname__
