"""Common errors of Python are explained even if nothing in the code is known to be wrong."""

import pytest

from workshop.course import catalog
from workshop.learner import findings
from workshop.learner.running.trial import Failure, Trial

ERRORS = [
    ("TypeError", "Line.keep() missing 1 required positional argument: 'text'", "for 'text'"),
    ("TypeError", "keep() takes 2 positional arguments but 3 were given", "more values than"),
    ("TypeError", "keep() takes from 1 to 2 positional arguments but 3 were given", "more values"),
    ("TypeError", "keep() got an unexpected keyword argument 'txt'", "keep() has no parameter txt"),
    ("TypeError", "'method' object is not subscriptable", "not with square brackets"),
    ("AttributeError", "'NoneType' object has no attribute 'text'", "front of `.text` is None"),
    ("KeyError", "'text'", "A dictionary has no key text"),
]


@pytest.mark.parametrize(("kind", "message", "words"), ERRORS)
def test_a_common_error_is_explained(kind, message, words):
    folder = catalog.find("01").folder
    failure = Failure("test_one", kind, message)
    finding = findings.of_failure(folder, failure, Trial(), folder)
    assert words in finding.why


def test_an_error_that_nobody_knows_is_only_told():
    folder = catalog.find("01").folder
    failure = Failure("test_one", "OddError", "odd")
    assert findings.of_failure(folder, failure, Trial(), folder).why == ""
