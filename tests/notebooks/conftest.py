"""Order: playing the notebooks takes longest of all tests, and mostly waits."""

PLACES = {"test_playing.py": 0, "test_lite.py": 2}


def pytest_collection_modifyitems(items):
    """Begin with the notebooks, so that one worker plays them while the other does the rest.

    Python in a browser comes last: it wants the machine for itself.
    """
    items.sort(key=lambda item: PLACES.get(item.path.name, 1))
