"""JavaScript: modules that aren't found, names without a declaration, calls with too little."""

import os
import re
from collections.abc import Iterator

from workshop.learner.reading.pages import line_of
from workshop.learner.reading.project import LIKELY, Mistake, SourceProject
from workshop.learner.reading.scripts import without_comments
from workshop.learner.reading.spelling import nearest
from workshop.learner.running.trial import CodeLocation

IMPORT = re.compile(
    r"""^[ \t]*(?:import|export)\b[^"'`;]*?["']([^"'\n]+)["']\s*;?[ \t]*$""", re.MULTILINE
)
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\])*`')
EXPRESSION = re.compile(r"(?<=[=(,:!&|])[ \t]*/(?![/*])(?:\\.|[^/\\\n])+/[a-z]*")
INSERTED = re.compile(r"\$\{\s*[\w$.]+")
STATEMENT = re.compile(r"(?m)^[ \t]*([A-Za-z_$][\w$]*)[ \t]*(?:[-+*/|&?]{0,2}=)(?![=>])")
MAPS = re.compile(r"([\w$.]+)\s*=\s*new (?:Map|WeakMap)\(")
FUNCTION = re.compile(
    r"\bfunction\s+((?:is|has|can|should)[A-Z]\w*)"
    r"|\bconst\s+((?:is|has|can|should)[A-Z]\w*)\s*=\s*(?:async\s*)?(?:\([^()]*\)|\w+)\s*=>"
)
FUNCTION_HEADER = re.compile(
    r"(?P<head>\b(?:export\s+)?(?:default\s+)?(?:async\s+)?function\*?\s*"
    r"|(?:^|\n)[ \t]*(?:static\s+)?(?:async\s+)?)"
    r"(?P<name>[\w$#]+)\s*\((?:[^(){}]|\{[^{}]*\})*\)\s*$"
)
PAIR = r"""[ \t]*(?:[\w$]+|"[^"\n]*"|'[^'\n]*')[ \t]*:"""
VALUE = r"""(?:"[^"\n]*"|'[^'\n]*'|[\w.]+)"""
NO_COMMA = re.compile(rf"(?m)^(?![ \t]*(?:case|default)\b){PAIR}[ \t]*{VALUE}[ \t]*\n(?={PAIR})")
OF_PYTHON = {
    r"[\w)\]]\s+(or)\s+[\w(!\[]": "||", r"[\w)\]]\s+(and)\s+[\w(!\[]": "&&",
    r"(?:[(&|=]|\bor|\band)\s*(not)\s+[\w(]": "!", r"(?<![\w.$])(None)(?![\w:])": "null",
    r"(?<![\w.$])(True)(?![\w:])": "true", r"(?<![\w.$])(False)(?![\w:])": "false",
    r"(?m)^\s*(elif)\b": "else if", r"(?<![\w.$])(self)\.": "this",
}  # fmt: skip
IMPORTS = re.compile(r"(?m)^[ \t]*import\b[^;]*;")
NEVER_ASKED = "never-asked"
ASKING = r"(?:&&|\|\||!|\bif\s*\(|\bwhile\s*\()\s*"
LEFTOVER = re.compile(r"(?m)^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    codes = {path: without_comments(text) for path, text in project.scripts.items()}
    yield from _leftovers(project)
    functions = {
        found[1] or found[2] for code in codes.values() for found in FUNCTION.finditer(code)
    }
    for path, code in codes.items():
        yield from _not_found(project, path, code)
        yield from _no_backticks(path, code)
        yield from _never_declared(path, code)
        yield from _no_key(path, code)
        yield from _never_asked(path, code, functions)
        yield from _words_of_python(path, code)
        yield from _not_async(path, code)
        yield from _no_comma(path, code)


def _leftovers(project: SourceProject) -> Iterator[Mistake]:
    """Yield the markers of a merge conflict in templates, scripts and style sheets."""
    for path, file in project.paths.items():
        if not path.endswith((".js", ".html", ".css")):
            continue
        text = file.read_bytes().decode("utf-8", "replace")
        if found := LEFTOVER.search(text):
            says = f"{path} still has the markers of a merge conflict (<<<<<<<, =======, >>>>>>>): "
            says += "keep the lines that you want, and delete the others and the markers."
            place = CodeLocation(path, line_of(text, found.start()))
            yield Mistake("merge-leftover", says, place, "", "", 0, ("Unexpected token",))


def _not_found(project: SourceProject, path: str, code: str) -> Iterator[Mistake]:
    """Yield imports whose path isn't the way from this file to another one."""
    own = _name(path)
    folder = os.path.dirname(own)
    scripts = {_name(one) for one in project.scripts}
    beside = {os.path.basename(one) for one in scripts if os.path.dirname(one) == folder}
    for found in IMPORT.finditer(code):
        name, place = found[1], CodeLocation(path, line_of(code, found.start(1)))
        words = ("module specifier", "404", "/" + os.path.basename(name))
        if name in beside or f"{name}.js" in beside:
            better = name if name in beside else f"{name}.js"
            says = f'The browser looks for a module by its path: write `"./{better}"`, with `./`.'
            yield Mistake("module-path", says, place, "", name, 0, words)
        elif name.startswith("."):
            module = os.path.normpath(os.path.join(folder, name)).replace(os.sep, "/")
            if module in scripts:
                continue
            near = nearest(os.path.basename(name), beside - {os.path.basename(own)})
            says = f"There's no file static/{module} in any app."
            if f"{module}.js" in scripts:
                says = f'The path needs the ending of the file: write `"{name}.js"`.'
            elif near:
                says += f' Did you mean `"./{near}"`?'
            yield Mistake("module-path", says, place, "", name, 0, words)


def _name(path: str) -> str:
    """Return the path inside the folder static/, which is the script's address in the browser."""
    return path.rpartition("static/")[2]


def _no_backticks(path: str, code: str) -> Iterator[Mistake]:
    """Yield strings in quotes with a value to insert, which only backticks do."""
    lines = code.splitlines()
    for found in STRING.finditer(code):
        line = line_of(code, found.start())
        if found[0][0] != "`" and INSERTED.search(found[0]) and "`" not in lines[line - 1]:
            says = "Only a string in backticks inserts what `${…}` says: write ` instead of "
            says += f"{found[0][0]} at both ends."
            words = ("No route found", "404", "${")
            yield Mistake("no-backticks", says, CodeLocation(path, line), "", "", 0, words)


def _never_declared(path: str, code: str) -> Iterator[Mistake]:
    """Yield assignments of a module to names that nothing declares."""
    if not re.search(r"(?m)^\s*(?:import|export)\b", code):
        return
    seen = set()
    for found in STATEMENT.finditer(code):
        name = found[1]
        if name in seen or name in ("this", "window", "document", "location"):
            continue
        seen.add(name)
        word = re.escape(name)
        is_declared = re.search(
            rf"\b(?:let|const|var|function\*?|class)\b[^;=()]*(?<![\w.]){word}\b"
            rf"|[(,{{\[]\s*(?:\.\.\.)?{word}\s*[,)=}}\]:]|\b{word}\s*=>|:\s*{word}\s*[,}}=]"
            rf"|\bas\s+{word}\b",
            code,
        )
        if is_declared or _is_of_class(code, found.start()):
            continue
        is_own = re.search(rf"\bthis\.{word}\b", code)
        says = f"Nothing declares {name}: write "
        says += f"`this.{name}`." if is_own else f"`let {name} = …` where it begins."
        place = CodeLocation(path, line_of(code, found.start(1)))
        words = (f"{name} is not defined",)
        yield Mistake("never-declared", says, place, "", name, LIKELY, words)


def _is_of_class(code: str, position: int) -> bool:
    """Return whether a position is directly in the body of a class, where fields are declared."""
    around = next(_blocks_around(_without_strings(code), position), "")
    return bool(re.search(r"\bclass\b[^{};]*$", around))


def _without_strings(code: str) -> str:
    """Return a script with spaces in place of its texts and regular expressions."""
    for pattern in (STRING, EXPRESSION):
        code = pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), code)
    return code


def _blocks_around(code: str, position: int) -> Iterator[str]:
    """Yield the code before each brace that is open at a position, the innermost first."""
    depth = 0
    for place in range(position - 1, -1, -1):
        depth += {"}": 1, "{": -1}.get(code[place], 0)
        if depth < 0:
            depth = 0
            yield code[:place]


def _words_of_python(path: str, code: str) -> Iterator[Mistake]:
    """Yield words of Python in a script."""
    plain = _without_strings(code)
    for expression, better in OF_PYTHON.items():
        for found in re.finditer(expression, plain):
            word = found[1]
            says = f"`{word}` is Python: in JavaScript, write `{better}`."
            words = (f"Unexpected identifier '{word}'", f"{word} is not defined", f"token '{word}'")
            place = CodeLocation(path, line_of(plain, found.start(1)))
            yield Mistake("other-language", says, place, "", word, LIKELY, words)


def _no_comma(path: str, code: str) -> Iterator[Mistake]:
    """Yield entries of an object that no comma separates from the next one."""
    for found in NO_COMMA.finditer(code):
        says = "A comma is missing at the end of this line, before the next entry."
        place = CodeLocation(path, line_of(code, found.start()))
        yield Mistake("no-comma", says, place, "", "", LIKELY, ("Unexpected",))


def _not_async(path: str, code: str) -> Iterator[Mistake]:
    """Yield functions that wait, but that aren't async."""
    plain = _without_strings(code)
    seen = set()
    for found in re.finditer(r"(?<![\w.])await\s", plain):
        start = max(plain.rfind(mark, 0, found.start()) for mark in ";{}")
        if "=>" in plain[start + 1 : found.start()]:
            continue
        for before in _blocks_around(plain, found.start()):
            header = FUNCTION_HEADER.search(before)
            if not header or header["name"] in ("if", "for", "while", "switch", "catch", "with"):
                continue
            start = header.start("head")
            if "async" not in header["head"] and start not in seen:
                seen.add(start)
                name = header["name"] or "the function"
                says = f"Only an async function can await: write `async` in front of {name}(…)."
                if "function" in header["head"]:
                    says = f"Only an async function can await: write `async function {name}`."
                words = ("reserved word", "await is only valid")
                place = CodeLocation(path, line_of(plain, header.start("name")))
                yield Mistake("not-async", says, place, "", name, 0, words)
            break


def _no_key(path: str, code: str) -> Iterator[Mistake]:
    """Yield calls that store a value without the key that it is to have."""
    maps = [found[1] for found in MAPS.finditer(code)]
    maps += ["localStorage", "sessionStorage"]
    for owner in dict.fromkeys(maps):
        for found in re.finditer(rf"(?<![\w.]){re.escape(owner)}\.(set|setItem)\(", code):
            arguments = _arguments(code, found.end())
            if len(arguments) == 1 and "..." not in arguments[0][:3]:
                says = f"{found[1]}() takes a key and a value: write `{owner}.{found[1]}(…, "
                says += "…)`, with the key first."
                place = CodeLocation(path, line_of(code, found.start()))
                yield Mistake("no-key", says, place, "", owner)


def _arguments(code: str, start: int) -> list[str]:
    """Return the arguments of the call whose parenthesis opens before a position."""
    depth, begin, found = 0, start, []
    for position in range(start, len(code)):
        letter = code[position]
        if letter in "([{":
            depth += 1
        elif letter in ")]}" and depth:
            depth -= 1
        elif letter == ")" or letter == "," and not depth:
            found.append(code[begin:position].strip())
            begin = position + 1
            if letter == ")":
                break
    return [argument for argument in found if argument]


def _never_asked(path: str, code: str, functions: set[str]) -> Iterator[Mistake]:
    """Yield conditions with a function that is only named, which is always true."""
    imports = "\n".join(IMPORTS.findall(code))
    rest = IMPORTS.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), code)
    here = {found[1] or found[2] for found in FUNCTION.finditer(code)}
    modules = "|".join(["(?!)", *re.findall(r"\*\s+as\s+(\w+)", imports)])
    for name in sorted(functions):
        is_known = name in here or re.search(rf"[{{,]\s*{name}\s*[,}}]", imports)
        whole = rf"{name}|(?:{modules})\.{name}" if is_known else rf"(?:{modules})\.{name}"
        if re.search(rf"(?<!if )(?<!while )[(,{{]\s*{name}\s*[,)}}=:]", rest):
            continue  # a parameter of the same name
        for found in re.finditer(rf"{ASKING}(?<![\w.])({whole})\s*(?=\)|&&|\|\||\?|;)", rest):
            says = f"{found[1]} is a function, and so it's always true here: write `{found[1]}()`."
            place = CodeLocation(path, line_of(rest, found.start(1)))
            yield Mistake(NEVER_ASKED, says, place, "", name, LIKELY)
