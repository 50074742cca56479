"""Checks that a notebook's outputs show what its text says you'll see."""

import re

SENTENCE = "**You should see**"
SPAN = re.compile(r"(`+)(.+?)\1", re.DOTALL)
SOLUTION = re.compile(
    r"<summary>Solution</summary>\s*```python\n(?P<code>.*?)```(?P<text>.*?)</details>", re.DOTALL
)


def promised(text):
    """Return the code spans of every "You should see" sentence. "…" stands for anything."""
    spans = [" ".join(match[2].split()) for match in SPAN.finditer(text)]
    numbers = iter(range(len(spans)))
    numbered = SPAN.sub(lambda match: f"\0{next(numbers)}\0", text)  # a span may hold a full stop
    found = []
    for part in numbered.split(SENTENCE)[1:]:
        sentence = re.split(r"\.(?:\s|$)|\n\n", part, maxsplit=1)[0]
        found += [spans[int(number)] for number in re.findall(r"\0(\d+)\0", sentence)]
    return found


def is_kept(promise, output):
    """Return whether `output` contains the words of `promise`."""
    pattern = ".*?".join(re.escape(part) for part in promise.split("…"))
    return re.search(pattern, output) is not None


def output_of(cell):
    """Return everything that a code cell shows, as text."""
    shown = []
    for output in cell.outputs:
        if output.output_type == "stream":
            shown.append(output.text)
        else:
            shown.append(output.data.get("text/plain", ""))
    return "\n".join(shown)


def broken(notebook):
    """Return (cell's id, promise) for each promise that the cells before it don't fulfil."""
    found, shown, after_code = [], "", False
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown = output_of(cell) if not after_code else shown + output_of(cell)
        else:
            text = SOLUTION.sub("", cell.source)
            found += [(cell.id, one) for one in promised(text) if not is_kept(one, shown)]
        after_code = cell.cell_type == "code"
    return found
