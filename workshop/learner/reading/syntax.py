"""Explain a syntax error: pasted quotes, diff or merge markers, or a missing bracket."""

import re

CURLY = "“”„‟‘’‚‛«»"
OPENING = {"(": ")", "[": "]", "{": "}"}

OF_JAVASCRIPT = {
    r"(&&)": "and", r"(\|\|)": "or", r"(===)": "==", r"(!==)": "!=", r"\b(else if)\b": "elif",
    r"(\+\+)": "+= 1", r"^\s*(function)\s": "def", r"^\s*(//)": "#", r"[,;)]\s+(//)": "#",
    r"(?:^|[(\s])(!)(?=[\w(])": "not", r"^\s*(const|let|var)\s": "", r"\b(new)\s+\w+\(": "",
}  # fmt: skip


def explained(path: str, text: str, line: int, words: str) -> tuple[int, str]:
    """Return the line that a learner has to change, and a sentence about what's wrong there."""
    lines = text.splitlines()
    for number, content in enumerate(lines, 1):
        if re.match(r"(<{7}|={7}|>{7}|\|{7})( |$)", content):
            return number, (
                "it still has the markers of a merge conflict (<<<<<<<, =======, >>>>>>>): keep "
                "the lines that you want, and delete the others and the markers"
            )
    if signs := diff_signs(lines):
        return signs
    content = lines[line - 1] if 0 < line <= len(lines) else ""
    if curly := [mark for mark in content if mark in CURLY]:
        both = " and ".join(dict.fromkeys(curly))
        return line, f'{both} are not valid quotes in Python: type the plain " instead'
    if found := re.search(r"[^\x00-\x7f]", content) and "invalid" in words:
        odd = re.search(r"[\u00a0\u200b-\u200d\u2060\ufeff]", content)
        if odd and found:
            return line, "an invisible character was pasted: delete the spaces and type them"
    if "await" in words and "outside async function" in words:
        return _outside_async(lines, line)
    return line, _plain(words, content)


def diff_signs(lines: list[str]) -> tuple[int, str] | None:
    """Return the first line that begins with the + or - of a diff, if the file has such lines."""
    for number, content in enumerate(lines, 1):
        if re.match(r"[+-](?=\s*[\w\"'#@\[\](){}]|\s+)", content) or content.startswith("@@ "):
            return number, (
                f"line {number} begins with `{content[0]}`, which is the sign of a diff: remove "
                "it here and in the other lines"
            )
    return None


def _outside_async(lines: list[str], line: int) -> tuple[int, str]:
    for number in range(line, 0, -1):
        found = re.match(r"\s*def (\w+)", lines[number - 1])
        if found:
            return number, f"{found[1]}() uses await, so it has to be `async def {found[1]}`"
    return line, "await only works inside an `async def`: is this line indented correctly?"


def _plain(words: str, content: str) -> str:
    if "was never closed" in words:
        return f"{words}: the matching bracket or quote is missing, here or in a line below"
    if "expected ':'" in words:
        return "a colon is missing at the end of this line"
    if "unterminated" in words and "string" in words:
        return f"{words.partition(' (')[0]}: a quote is missing"
    if "expected an indented block" in words:
        return f"{words}: indent this line by four more spaces"
    if "unindent does not match" in words or "unexpected indent" in words:
        return f"{words}: this line needs the same indentation as the other lines of its block"
    if found := re.match(r"name capture '(\w+)' makes remaining", words):
        return (
            f"`case {found[1]}:` matches everything, because a plain name is a new variable: put "
            f"parentheses after a class, as in `case {found[1]}(…):`"
        )
    if words.startswith("invalid syntax") and (better := _of_javascript(content)):
        return better
    if "inconsistent use of tabs" in words:
        return "tabs and spaces are mixed: use four spaces for each level"
    return words


def _of_javascript(content: str) -> str:
    """Return what to write instead of JavaScript's way to write it, or ""."""
    plain = re.sub(r"""\"[^"]*\"|'[^']*'""", "''", content)
    if found := re.search(r"\bcase\b.*\{\s*(\w+)\s*:", plain):
        return f'a key in a pattern needs quotes in Python: write `"{found[1]}":`'
    for expression, better in OF_JAVASCRIPT.items():
        if found := re.search(expression, plain):
            instead = f"write `{better}`" if better else "leave it out"
            return f"`{found[1]}` is JavaScript: in Python, {instead}"
    return ""
