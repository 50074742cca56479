"""Templates: missing quotes, a form that isn't sent, names that a view's context lacks."""

import ast
import re
from collections.abc import Iterator

from workshop.learner.reading.pages import FROM_DJANGO, TAG, line_of, tags, template
from workshop.learner.reading.project import Mistake, PythonFile, SourceProject, nodes
from workshop.learner.reading.spelling import nearest
from workshop.learner.reading.statements import call_name, functions
from workshop.learner.running.trial import CodeLocation

FORM = re.compile(r"<form\b[^>]*>.*?(?=</form>|\Z)", re.DOTALL | re.IGNORECASE)
IS_POST = re.compile(r"""<form\b[^>]*\bmethod\s*=\s*["']?post""", re.IGNORECASE)
SECRET = re.compile(r"""\{%-?\s*csrf_token|\btype\s*=\s*["']?password""")
UNQUOTED_ID = re.compile(r"\|\s*json_script\s*:\s*([\w-]+)")
# The first part of each name in a tag, without keywords, strings and filters.
NAME = re.compile(
    r"""(?<![\w.'"|:%/-])(?!(?:and|or|not|in|is|True|False|None|as)\b)([a-z_]\w*)"""
    r"""(?=[\s.|)]|$)(?![^'"]*['"](?:[^'"]*['"][^'"]*['"])*[^'"]*$)"""
)
SCRIPT = re.compile(r"""<script\b[^>]*\bsrc\s*=[^>]*\btype\s*=\s*["']([^"']*)""", re.IGNORECASE)
RUN = {"", "module", "text/javascript", "application/javascript", "importmap"}
OF_NAMES = {"if", "elif", "url"}
NO_POST = "no-post"
OF_FILES = {"extends", "include", "static"}
BUTTON = re.compile(
    r"""</form>\s*<button(?:\s+type=["']?submit["']?|\s+class="[^"]*")*\s*>""", re.I
)
NO_MARKUP = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>|\{#.*?#\}|<!--.*?-->|\{%\s*comment.*?endcomment\s*%\}"
    r"|\{%\s*verbatim.*?endverbatim\s*%\}",
    re.DOTALL,
)
PATH = r"""([a-z_]\w*(?:\.\w+)*(?:\|\w+(?::["'][^"'{}]*["'])?)*)"""
BRACES = re.compile(
    rf"(?<![{{$])\{{\s*{PATH}\s*\}}(?!\}})|\{{\{{\s*{PATH}\s*\}}(?!\}})|(?<![{{$])\{{\s*{PATH}\s*\}}\}}"
)
SPACE_IN_TAG = re.compile(r"\{\s+%\s*\w|\w['\"]?\s*%\s+\}")
VARIABLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)|\{%-?\s*for\s+[\w, ]+?\s+in\s+([A-Za-z_]\w*)")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for path, text in project.pages.items():
        yield from _quotes(path, text)
        yield from _forms(path, text)
        yield from _types_of_scripts(path, text)
        yield from _braces(path, text)
        yield from _buttons_outside(path, text)
    for file in project.python.values():
        yield from _contexts(project, file)


def _quotes(path: str, text: str) -> Iterator[Mistake]:
    """Yield names of files, routes and ids that have lost their quotes."""
    for found in UNQUOTED_ID.finditer(text):
        says = f'The id needs quotes: write `json_script:"{found[1]}"`.'
        place = CodeLocation(path, line_of(text, found.start()))
        yield Mistake("no-quotes", says, place, "", found[1], 0, (found[1],))
    for name, rest, line in tags(text):
        first = rest.split()[0] if rest else ""
        is_file = name in OF_FILES and re.fullmatch(r"[\w/-]+\.\w+|[\w-]+/[\w/.-]+", first)
        is_route = name == "url" and re.fullmatch(r"[a-z][\w-]*", first)
        if is_file or is_route and not _is_variable(text, first):
            says = f"Without quotes, {first} is a variable: write `{{% {name} '{first}' … %}}`."
            says = says.replace(" … ", " ") if rest == first else says
            yield Mistake("no-quotes", says, CodeLocation(path, line), "", first, 0, (first,))


def _is_variable(text: str, name: str) -> bool:
    return bool(re.search(rf"\bas\s+{name}\b|\bfor\s+{name}\b|\bwith\s+{name}\b", text))


def _forms(path: str, text: str) -> Iterator[Mistake]:
    """Yield forms with a token or a password that the browser puts into the page's URL."""
    for form in FORM.finditer(text):
        if SECRET.search(form[0]) and not IS_POST.match(form[0]):
            says = 'Without `method="post"`, the browser puts what this form holds into the '
            says += 'address: write `<form method="post">`.'
            place = CodeLocation(path, line_of(text, form.start()))
            yield Mistake(NO_POST, says, place, "", "form")


def _types_of_scripts(path: str, text: str) -> Iterator[Mistake]:
    """Yield scripts of a type that no browser runs."""
    for found in SCRIPT.finditer(text):
        if found[1].lower() not in RUN:
            says = f'Browsers ignore scripts of the type "{found[1]}": write `type="module"`.'
            place = CodeLocation(path, line_of(text, found.start()))
            yield Mistake("script-type", says, place, "", found[1])


def _buttons_outside(path: str, text: str) -> Iterator[Mistake]:
    """Yield the ends of forms without a button, where a button follows."""
    for form in FORM.finditer(text):
        end = form.end()
        rest = text[end:].partition("<form")[0]
        has_field = re.search(r"<(?:input|textarea|select)\b|\{\{\s*form", form[0])
        has_button = re.search(r"""<button|type\s*=\s*["']?submit""", form[0])
        if has_field and not has_button and BUTTON.match(rest):
            says = "The button below is outside of this form, so it doesn't send it: move "
            says += "`</form>` below the button."
            yield Mistake("button-outside", says, CodeLocation(path, line_of(text, end)))


def _braces(path: str, text: str) -> Iterator[Mistake]:
    """Yield braces that Django takes for text, because one is missing or a space is in them."""
    shown = NO_MARKUP.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for found in BRACES.finditer(shown):
        name = found[1] or found[2] or found[3]
        says = f"Django only fills in what is in two braces on each side: write `{{{{ {name} }}}}`."
        place = CodeLocation(path, line_of(text, found.start()))
        yield Mistake("braces", says, place, "", name)
    for found in SPACE_IN_TAG.finditer(shown):
        says = "Django knows a tag by `{%` and `%}`: remove the space between these two characters."
        place = CodeLocation(path, line_of(text, found.start()))
        yield Mistake("braces", says, place, "", "tag")


def _contexts(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield names that a template uses but that aren't in its context, if it's in a variable."""
    for function in functions(file.tree):
        for node in nodes(function):
            name = call_name(node)
            if name != "render" or len(node.args) < 3 or not isinstance(node.args[2], ast.Name):
                continue
            keys = _keys(function, node.args[2].id)
            path = template(project, str(getattr(node.args[1], "value", "")))
            if not path or not keys:
                continue
            for used, line in _used(project, path):
                if used not in {*keys, *FROM_DJANGO}:
                    says = f"The template uses {{{{ {used} }}}}, but {function.name}() in "
                    says += f"{file.path} doesn't pass {used}."
                    near = nearest(used, keys) or (keys[0] if len(keys) == 1 else "")
                    if items := _items(project.pages[path]):
                        says += f" A loop here has `{items[0]}`."
                    says += f" It passes {near and f'`{near}`' or ', '.join(keys)}."
                    yield Mistake("context", says, CodeLocation(path, line), "", used)


def _keys(function: ast.AST, name: str) -> list[str]:
    """Return the keys of the dictionary in a variable, or [] if they aren't all known."""
    keys, values = [], []
    for node in nodes(function):
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name) and target.id == name:
                values.append(node.value)
            elif isinstance(target, ast.Subscript) and ast.unparse(target.value) == name:
                keys.append(getattr(target.slice, "value", None))
        if call_name(node).startswith(f"{name}."):
            return []
    if len(values) != 1 or not isinstance(values[0], ast.Dict):
        return []
    keys += [getattr(key, "value", None) for key in values[0].keys]
    return keys if all(isinstance(key, str) for key in keys) else []


def _items(text: str) -> list[str]:
    """Return the names that a template's loops give to their items."""
    return re.findall(r"\{%-?\s*for\s+(\w+)\s+in\b", text)


def _used(project: SourceProject, path: str) -> list[tuple[str, int]]:
    text = re.sub(r"\{#.*?#\}", "", project.pages[path])
    own = set(re.findall(r"\bas\s+(\w+)\s*%\}", text))
    own |= set(re.findall(r"\b(\w+)=", " ".join(rest for name, rest, _ in tags(text))))
    for names in re.findall(r"\{%-?\s*for\s+([\w, ]+?)\s+in\b", text):
        own |= set(re.split(r"[, ]+", names))
    found = [(match[1] or match[2], match.start()) for match in VARIABLE.finditer(text)]
    for tag in TAG.finditer(text):
        for name in NAME.findall(tag[2]) if tag[1] in OF_NAMES else ():
            found.append((name, tag.start()))
    return [(name, line_of(text, position)) for name, position in found if name not in own]
