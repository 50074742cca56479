"""Run the slow notebook tests first, because they mostly wait."""

LONGEST = ("test_playing.py", "test_lite.py")


def pytest_collection_modifyitems(items):
    """Start with the notebooks, so one worker plays them while the others do the rest."""
    order = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(LONGEST)))
