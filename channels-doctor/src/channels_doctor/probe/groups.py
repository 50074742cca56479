"""The named groups of a regular expression."""

import re


def named_groups(text):
    """Return {name: pattern} of the named groups in the regular expression `text`."""
    found = {}
    for match in re.finditer(r"\(\?P<(\w+)>", text):
        depth, at, in_set = 1, match.end(), False
        while at < len(text) and depth:
            sign = text[at]
            if sign == "\\":
                at += 1
            elif sign == "[":
                in_set = True
            elif sign == "]":
                in_set = False
            elif not in_set:
                depth += (sign == "(") - (sign == ")")
            at += 1
        found[match[1]] = text[match.end() : at - 1]
    return found
