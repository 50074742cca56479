"""Find the name that somebody probably meant."""

from collections.abc import Iterable

FEW, MANY = 4, 7  # how long a name must be for one typo, and for two


def nearest(word: str, expected: Iterable[str]) -> str | None:
    """Return the expected name that `word` misspells, or None if none is close enough.

    An expected name is never a misspelling of another one.
    """
    names = [name for name in dict.fromkeys(expected) if name]
    if word in names:
        return None
    for plain in (str.casefold, _bare):
        for name in names:
            if plain(name) == plain(word) and plain(word):
                return name
    close = [name for name in names if is_close(word, name)]
    return min(close, key=lambda name: distance(word, name), default=None)


def is_close(word: str, name: str) -> bool:
    """Return whether `word` is `name` with one or two typos."""
    if _bare(word) == _bare(name):
        return True
    shorter = min(len(word), len(name))
    if shorter < FEW - 1 or abs(len(word) - len(name)) > 2:
        return False
    slips = distance(word.casefold(), name.casefold())
    if shorter < FEW:
        return slips == 1 and word[0] == name[0]
    return slips == 1 or shorter >= MANY and slips == 2


def distance(word: str, name: str) -> int:
    """Return how many letters are missing, added, replaced or swapped with their neighbour."""
    before, row = [], list(range(len(name) + 1))
    for i, letter in enumerate(word, 1):
        before, above, row = row, before, [i]
        for j, other in enumerate(name, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == name[j - 2] and word[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _bare(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


def guess(word: str, expected: Iterable[str]) -> str:
    """Return " Did you mean `X`?" or ""."""
    name = nearest(word, expected)
    return f" Did you mean `{name}`?" if name else ""
