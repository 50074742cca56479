"""Find the modules that the project imports but that its Python doesn't have."""

import importlib.util


def collect(request):
    """Return the names of `request["modules"]` that cannot be found."""
    return {"missing": [name for name in request["modules"] if not _is_there(name)]}


def _is_there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
