"""`make test` gives whole files to two workers: these tests take longest, so they come first."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.parent.name != "setup")
