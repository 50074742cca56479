"""Parses what people type into the search, into words and phrases.

A word finds the messages that contain it. "Words in quotes" have to follow each other, as do the
parts of a-word-like-this, and a -word must not appear. Everything else, such as characters that are
special to a database, only separates words. So no query is an error, and all databases interpret it
the same way.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import groupby

TERM = re.compile(r'(?P<minus>-?)(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))')


@dataclass
class Query:
    """The phrases that a message has to contain, and those that it must not contain.

    Each phrase is a list of words in lower case, most often only one.
    """

    wanted: list[list[str]] = field(default_factory=list)
    unwanted: list[list[str]] = field(default_factory=list)

    def encode(self, minus):
        """Return the query as text for the database, with `minus` as its word for "not"."""
        wanted = [f'"{" ".join(words)}"' for words in self.wanted]
        unwanted = [f'{minus}"{" ".join(words)}"' for words in self.unwanted]
        return " ".join(wanted + unwanted)


def parse(text):
    """Return what somebody has typed as a Query, which may be empty."""
    query = Query()
    for match in TERM.finditer(text):
        term = match["plain"] if match["quoted"] is None else match["quoted"]
        words = [term[start:end].lower() for start, end in find_words(term)]
        if words:
            phrases = query.unwanted if match["minus"] else query.wanted
            phrases.append(words)
    return query


def find_words(text):
    """Return where a text's words begin and end. Words consist of letters, marks and digits."""
    spans = []
    position = 0
    for is_word, characters in groupby(text, key=is_part_of_word):
        end = position + len(list(characters))
        if is_word:
            spans.append((position, end))
        position = end
    return spans


def is_part_of_word(character):
    """Whether a character isn't a space, punctuation, a symbol or invisible."""
    return unicodedata.category(character)[0] in "LMN"
