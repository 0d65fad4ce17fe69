"""The order of the tests: `make test` gives whole files to two workers, and what takes longest must not come last."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.parent.name != "setup")
