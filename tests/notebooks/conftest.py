"""Order: playing the notebooks takes longest of all tests, and mostly waits."""

LONGEST = ("test_playing.py", "test_lite.py")


def pytest_collection_modifyitems(items):
    """Begin with the notebooks, so that one worker plays them while the others do the rest."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
