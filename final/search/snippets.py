"""The part of a message that a search shows, with the matches marked."""

from dataclasses import dataclass

from search.query import find_words

LENGTH = 240
BEFORE = 60  # characters before the first match


@dataclass
class Part:
    """A part of a text, and whether it matches the search."""

    text: str
    is_match: bool


def cut(text, query):
    """Return a part of the text, around the first match, as a list of Parts."""
    spans = find_words(text)
    matches = find_matches(text, spans, query.wanted)
    first = matches[0][0] if matches else 0
    begin = find_begin(spans, first) if len(text) > LENGTH else 0
    end = find_end(text, spans, begin)
    parts = [Part("… ", False)] if begin else []
    position = begin
    for start, stop in matches:
        if start >= end:
            break
        parts.append(Part(text[position:start], False))
        position = min(stop, end)
        parts.append(Part(text[start:position], True))
    parts.append(Part(text[position:end], False))
    if end < len(text):
        parts.append(Part(" …", False))
    return [part for part in parts if part.text]


def find_matches(text, spans, phrases):
    """Return where the phrases are in a text, from left to right."""
    words = [text[start:end].lower() for start, end in spans]
    matches = []
    index = 0
    while index < len(words):
        length = longest_match(words, index, phrases)
        if length:
            matches.append((spans[index][0], spans[index + length - 1][1]))
        index += max(length, 1)
    return matches


def longest_match(words, index, phrases):
    """Return the number of words of the longest phrase that begins at this index, or 0."""
    found = [len(phrase) for phrase in phrases if words[index : index + len(phrase)] == phrase]
    return max(found, default=0)


def find_end(text, spans, begin):
    """Return the end of the last word that fits, or of the text."""
    limit = begin + LENGTH
    if limit >= len(text):
        return len(text)
    ends = [end for _, end in spans if begin < end <= limit]
    return max(ends, default=limit)


def find_begin(spans, first):
    """Return the beginning of a word shortly before the first match."""
    if first <= BEFORE:
        return 0
    return next(start for start, _ in spans if start >= first - BEFORE)
