"""Order: playing the longest notebook takes longest of all tests, and mostly waits."""


def pytest_collection_modifyitems(items):
    """Begin with the notebooks, so that one worker plays them while the other does the rest."""
    items.sort(key=lambda item: item.path.name != "test_playing.py")
