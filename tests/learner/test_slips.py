"""Mistakes that reading finds in a project of a learner's own names, which no step has."""

import json
import textwrap

import pytest

from workshop.course import catalog
from workshop.learner import source
from workshop.learner.reading.project import GUESS

STEP = catalog.find("08").folder
MODELS = """
    from django.contrib.auth.models import AbstractUser
    from django.db import models

    class Person(AbstractUser):
        pass

    class Place(models.Model):
        title = models.CharField(max_length=9)
        count = models.IntegerField(default=0)

    class Guest(models.Model):
        class Sort(models.TextChoices):
            HOST = "host"

        place = models.ForeignKey(Place, models.CASCADE)
        person = models.ForeignKey("Person", models.CASCADE, related_name="visits")
    """
SETTINGS = 'INSTALLED_APPS = ["daphne"]\nLIMITS = {"SECONDS": 5}\n'

PYTHON = [
    (
        "a function that returns nothing",
        """
        def cleaned(raw):
            text = raw.strip()

        def use(raw):
            return {"text": cleaned(raw)}
        """,
        "cleaned() returns nothing, but chat_app/code.py, line 5, uses what it returns: end it with"
        " `return text`.",
        "text = raw.strip()",
    ),
    (
        "arguments in the order of other names",
        """
        def keep(place, person, text):
            return place, person, text

        class Line:
            def take(self, text):
                keep(self.person, self.place, text)
        """,
        "write `keep(self.place, self.person, text)`",
        "keep(self.person",
    ),
    (
        "a variable in quotes",
        """
        def event(text):
            return {"type": "line.post", "text": "text"}
        """,
        "write `text` without quotes",
        "line.post",
    ),
    (
        "JSON without the s",
        """
        import json

        def encoded(fields):
            return json.dump(fields)
        """,
        "write `json.dumps(…)`",
        "json.dump(",
    ),
    (
        "a method used like an attribute",
        """
        from channels.generic.websocket import AsyncWebsocketConsumer

        class Line(AsyncWebsocketConsumer):
            def crowd(self):
                return "crowd"

            async def connect(self):
                await self.channel_layer.group_add(self.crowd, self.channel_name)
        """,
        "crowd is a method: write `self.crowd()`, or put `@property` above `def crowd`.",
        "group_add",
    ),
    (
        "a variable that is read as an attribute",
        """
        from channels.generic.websocket import AsyncWebsocketConsumer

        class Line(AsyncWebsocketConsumer):
            async def connect(self):
                slug = self.scope["path"]
                self.crowd = "c" + self.slug
        """,
        "slug is a variable of connect(), not an attribute of self: write `slug`",
        "self.slug",
    ),
    (
        "a coroutine in a plain function",
        """
        from channels.db import database_sync_to_async

        @database_sync_to_async
        def known(text):
            return text

        def keep(text):
            if found := known(text):
                return found
        """,
        "keep() is a plain `def` and can't await known(): remove `@database_sync_to_async`",
        "@database_sync_to_async",
    ),
    (
        "a queue in a plain function",
        """
        import asyncio

        class Line:
            def __init__(self):
                self.waiting = asyncio.Queue()

            def add(self, text):
                self.waiting.put(text)
        """,
        "write `self.waiting.put_nowait(…)`",
        "put(text)",
    ),
    (
        "a name that is assigned below",
        """
        BOTH = [FIRST]
        FIRST = "one"
        """,
        "FIRST is only assigned below, in line 2: move that line above this one.",
        "BOTH",
    ),
    (
        "an exception without a name",
        """
        def read(raw):
            try:
                return int(raw)
            except ValueError:
                return str(problem)
        """,
        "Write `except ValueError as problem:` in line 4.",
        "str(problem)",
    ),
    (
        "a name from another module of a package",
        "from channels.consumers import URLRouter\n",
        "Write `from channels.routing import URLRouter`.",
        "import URLRouter",
    ),
    (
        "fields without a dataclass",
        """
        class Draft:
            text: str

        def made():
            return Draft("one")
        """,
        "`@dataclass` is missing above the class Draft",
        "class Draft",
    ),
    (
        "a signal that reaches nobody",
        """
        from django.dispatch import receiver

        def gone(instance, **kwargs):
            print(instance)
        """,
        "Nothing calls gone(): `@receiver(…)`",
        "def gone",
    ),
    (
        "an attribute that nothing sets",
        """
        from channels.generic.websocket import AsyncWebsocketConsumer

        class Line(AsyncWebsocketConsumer):
            crowd = ""

            async def enter(self, crowd):
                await self.channel_layer.group_add(crowd, self.channel_name)

            async def receive(self, text_data=None, bytes_data=None):
                if self.crowd:
                    await self.send(text_data)
        """,
        "write `self.crowd = crowd` in enter()",
        "async def enter",
    ),
    (
        "a stranger who is expected to be None",
        """
        class Line:
            def connect(self):
                self.person = self.scope["user"]
                if self.person is None:
                    return
        """,
        "ask `self.person.is_authenticated`",
        "is None",
    ),
    (
        "a user in an event",
        """
        class Line:
            async def tell(self, text, but=None):
                event = {"type": "line.post", "text": text, "but": but}
                await self.channel_layer.group_send("crowd", event)

            async def typed(self):
                self.person = self.scope["user"]
                await self.tell("", but=self.person)
        """,
        "write `self.person.pk` or `self.person.username`",
        "but=self.person",
    ),
    (
        "a lock without async",
        """
        import asyncio

        class Line:
            def __init__(self):
                self.one_at_a_time = asyncio.Lock()

            async def take(self):
                with self.one_at_a_time:
                    return 1
        """,
        "write `async with self.one_at_a_time:`",
        "with self",
    ),
    (
        "fewer names than a pipeline has results",
        """
        async def ask(redis):
            async with redis.pipeline() as pipe:
                pipe.get("a")
                pipe.get("b")
                pipe.get("c")
                first, second = await pipe.execute()
            return first, second
        """,
        "The pipeline has 3 commands and gives 3 results",
        "execute()",
    ),
    (
        "a key of a setting like an attribute",
        """
        from django.conf import settings

        def pause():
            return settings.LIMITS.SECONDS
        """,
        'write `settings.LIMITS["SECONDS"]`',
        "LIMITS.SECONDS",
    ),
    (
        "the time that is not asked for",
        """
        from django.utils import timezone

        def stamp():
            return {"at": timezone.now}
        """,
        "write `timezone.now()`",
        "timezone.now",
    ),
    (
        "a field of another model's",
        """
        from chat_app.models import Guest, Place

        def mine(person):
            return Place.objects.filter(guest__persn=person)
        """,
        "Guest has no field persn. Did you mean `person`?",
        "guest__persn",
    ),
    (
        "a field that a form misspells",
        """
        from django import forms
        from chat_app.models import Place

        class NewPlace(forms.ModelForm):
            class Meta:
                model = Place
                fields = ["titlle"]
        """,
        "Place has no field titlle. Did you mean `title`?",
        "titlle",
    ),
    (
        "an object that is only made",
        """
        from chat_app.models import Place

        def add(title):
            place = Place(title=title)
            return place.title
        """,
        "Place(…) only creates an object, and nothing saves it: call `place.save()`",
        "place = Place",
    ),
    (
        "a form that saves nothing",
        """
        def add(form, person):
            place = form.save(commit=False)
            place.welcome(person)
        """,
        "With commit=False, save() doesn't save anything",
        "commit=False",
    ),
    (
        "a choice of the class inside",
        """
        from chat_app.models import Guest

        def kinds():
            return [Guest.HOST]
        """,
        "write `Guest.Sort.HOST`",
        "Guest.HOST",
    ),
    (
        "the key of an aggregate",
        """
        from django.db.models import Max
        from chat_app.models import Place

        def newest():
            return Place.objects.aggregate(Max("count"))["newest"]
        """,
        'write `["count__max"]`, or name it: `aggregate(newest=…)`',
        "aggregate",
    ),
    (
        "a constraint without a name",
        """
        from django.db import models

        class Seat(models.Model):
            row = models.IntegerField()

            class Meta:
                constraints = [models.UniqueConstraint(fields=["row"])]
        """,
        "A constraint needs a name",
        "UniqueConstraint",
    ),
    (
        "a user model without a name",
        """
        from django.contrib.auth.base_user import AbstractBaseUser

        class Member(AbstractBaseUser):
            pass
        """,
        "let the class inherit from `AbstractUser`",
        "class Member",
    ),
    (
        "a coroutine that is imported by its name",
        """
        from chat_app.other import newest

        async def ask(place):
            return {"head": newest(place)}
        """,
        "newest(…) returns a coroutine, but nothing awaits it",
        "newest(place)",
    ),
    (
        "an or between conditions in variables",
        """
        from django.db import models

        def seen(query, person):
            is_open = models.Q(open=True)
            is_mine = models.Q(person=person)
            return query.filter(is_open or is_mine)
        """,
        "join them with `|`",
        "is_open or",
    ),
    (
        "the oldest rows instead of the newest",
        """
        def page(lines):
            rows = list(lines.order_by("number")[:50])
            rows.reverse()
            return rows
        """,
        'write `order_by("-number")`',
        "order_by",
    ),
    (
        "a field of a form instead of its value",
        """
        from django import forms

        class Enter(forms.Form):
            place = forms.CharField()

        def home(request):
            entered = Enter(request.GET)
            return entered["place"]
        """,
        'write `entered.cleaned_data["place"]`',
        "entered[",
    ),
    (
        "a page for strangers",
        """
        from django.contrib.auth.decorators import login_required

        @login_required
        def mine(request):
            return request.user

        def yours(request):
            return request.user
        """,
        "`@login_required` is missing above it",
        "def yours",
    ),
    (
        "a question with the wrong answer",
        """
        NOT_OPEN = 4403

        async def code(place, person):
            if await may_enter(place, person):
                return NOT_OPEN

        async def may_enter(place, person):
            return place == person
        """,
        "is `not` missing?",
        "if await",
    ),
    (
        "no return after close",
        """
        from channels.generic.websocket import AsyncWebsocketConsumer

        class Line(AsyncWebsocketConsumer):
            async def connect(self):
                if self.scope["path"] == "/":
                    await self.accept()
                    await self.close(4403)
                await self.accept()
        """,
        "`return` is missing below this line",
        "self.close",
    ),
    (
        "a set for a dictionary",
        """
        from channels.routing import ProtocolTypeRouter

        router = ProtocolTypeRouter({"http", None})
        """,
        'write `"http":`',
        "ProtocolTypeRouter",
    ),
    (
        "a key of a table that is misspelt",
        """
        WORDS = {"too_long": "a", "not_json": "b", "no_room": "c", "empty": "d"}

        def refuse():
            return say("to_long")

        def say(code):
            return WORDS[code]
        """,
        "Did you mean `too_long`?",
        "to_long",
    ),
    (
        "a dictionary that is sent as it is",
        """
        from channels.generic.websocket import AsyncWebsocketConsumer

        class Line(AsyncWebsocketConsumer):
            async def reply(self, **fields):
                await self.send(text_data=fields)
        """,
        "write `json.dumps(fields)`",
        "text_data=fields",
    ),
    (
        "a module instead of its list of routes",
        """
        from channels.routing import URLRouter
        from chat_app import other

        router = URLRouter(other)
        """,
        "other is the module",
        "URLRouter(other)",
    ),
    (
        "a view that doesn't always answer",
        """
        from django.shortcuts import render

        def home(request):
            if request.method == "POST":
                return render(request, "chat_app/own.html")
        """,
        "home() ends without a response",
        "if request",
    ),
    (
        "a method instead of what it returns",
        """
        def join(form):
            person = form.save
            return person
        """,
        "write `form.save()`",
        "form.save",
    ),
    (
        "a plus on the wrong side",
        """
        class Place:
            def rise(self):
                self.count =+ 1
        """,
        "write `+=`",
        "=+ 1",
    ),
    (
        "a variable that is set below",
        """
        async def tell(layer, text):
            await layer.group_send("crowd", event)
            event = {"type": "line.post", "text": text}
        """,
        "event is only set below, in line 3: move that line above this one.",
        "group_send",
    ),
    (
        "a with that gives no name",
        """
        async def ask(connect):
            async with connect.pipeline(
                transaction=True
            ):
                return await pipe.execute()
        """,
        "end this `async with …` with `as pipe:`",
        "async with",
    ),
    (
        "a text that is not returned",
        """
        class Place:
            def __str__(self):
                self.title
        """,
        "__str__() returns nothing: write `return self.title`.",
        "self.title",
    ),
    (
        "a power of another language",
        """
        def fits(value):
            return value < 2^63
        """,
        "write `2**63`",
        "2^63",
    ),
    (
        "a value too many",
        """
        def encode(kind, **fields):
            return {"type": kind, **fields}

        def typing(person):
            return encode("typing", person)
        """,
        "encode() takes kind, and this call passes 2 values: give the others a name",
        'encode("typing"',
    ),
    (
        "a value that is left out",
        """
        class Line:
            async def keep(self, place, text, kind="plain"):
                return place, text, kind

            async def receive(self, text):
                await self.keep(text)
        """,
        "keep() takes place, text and kind: this call leaves out text.",
        "self.keep(text)",
    ),
    (
        "a value under an unknown name",
        """
        from chat_app import other

        async def ask(place):
            return await other.newest(plce=place)
        """,
        "newest() has no parameter plce. Did you mean `place`?",
        "plce=place",
    ),
    (
        "values without the names of their fields",
        """
        from chat_app.models import Guest

        def enter(place, request):
            Guest.objects.create(place, request.person)
        """,
        "write `create(place=place, person=request.person)`",
        "create(place",
    ),
    (
        "a field without quotes",
        """
        def newest(places):
            return places.order_by(-count)
        """,
        'write `"-count"`',
        "order_by",
    ),
    (
        "a parenthesis that closes too late",
        """
        from channels.routing import URLRouter

        router = Guard(URLRouter(lines, HOSTS))
        """,
        "write `Guard(URLRouter(lines), HOSTS)`",
        "Guard(URLRouter",
    ),
    (
        "names in one pair of quotes",
        """
        def tidy(place):
            place.save(update_fields=["title, count"])
        """,
        'write `"title", "count"`, with quotes around each name',
        "update_fields",
    ),
    (
        "a Meta beside its class",
        """
        from django import forms
        from chat_app.models import Place

        class NewPlace(forms.ModelForm):
            pass

        class Meta:
            model = Place
            fields = ["title"]
        """,
        "Meta is beside NewPlace, and not inside it",
        "class Meta",
    ),
    (
        "a form without its Meta",
        """
        from django import forms
        from chat_app.models import Place

        class NewPlace(forms.ModelForm):
            model = Place
            fields = ["title"]
        """,
        "write `class Meta:` above them",
        "class NewPlace",
    ),
    (
        "a coroutine that a constructor only makes",
        """
        class Line:
            def __init__(self):
                self.work = self.go_on()

            async def go_on(self):
                return 1
        """,
        "start it with `asyncio.create_task(self.go_on())`",
        "self.work",
    ),
    (
        "a client of Redis that nobody can await",
        """
        from redis import Redis

        async def here(url):
            async with Redis.from_url(url) as redis:
                return await redis.get("here")
        """,
        "write `from redis.asyncio import Redis`",
        "import Redis",
    ),
    (
        "a session instead of its key",
        """
        def stored(scope):
            return SessionStore(scope["session"])
        """,
        'write `SessionStore(scope["session"].session_key)`',
        "SessionStore(",
    ),
]


OTHER = """
    from channels.db import database_sync_to_async

    @database_sync_to_async
    def newest(place):
        return place
    """


def project(folder, files):
    """Write a project with these files, besides its models and settings."""
    texts = {"chat_project/settings.py": SETTINGS, "chat_app/models.py": MODELS, **files}
    texts.setdefault("chat_app/other.py", OTHER)
    for path, text in {"chat_app/__init__.py": "", **texts}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(textwrap.dedent(text).lstrip(), "utf-8")
    return folder


def read(folder):
    """Return what is found, and the line of code of each place."""
    found = [one for one in source.mistakes(folder, STEP) if one.certainty != GUESS]
    return {one.says: line_at(folder, one.place) for one in found}


def line_at(folder, place):
    lines = (folder / place.path).read_text("utf-8").splitlines()
    return lines[place.line - 1] if lines else ""


def said(folder, words):
    """Return the line of the mistake that says `words`."""
    found = [line for says, line in read(folder).items() if words in says]
    assert found, read(folder)
    return found[0]


@pytest.mark.parametrize(
    ("code", "words", "line"), [case[1:] for case in PYTHON], ids=[case[0] for case in PYTHON]
)
def test_python_of_any_names_is_explained(tmp_path, code, words, line):
    assert line in said(project(tmp_path, {"chat_app/code.py": code}), words)


SCRIPTS = [
    (
        "a timer that gets the result of a call",
        "function dial() {\n  return 1;\n}\nsetTimeout(dial(), 1000);\n",
        "Pass the function: `dial`.",
        "setTimeout",
    ),
    (
        "a listener that gets the result of a call",
        'line.addEventListener("close", dialLater());\n',
        "This calls dialLater() at once",
        "addEventListener",
    ),
    (
        "a method in a timer that is called",
        "setInterval(this.ask(this.next()), 500);\n",
        "Pass the function: `() => this.ask(this.next())`",
        "setInterval",
    ),
    (
        "a property that gets the result of a call",
        "line.onclose = dial();\n",
        "onclose gets its result",
        "onclose",
    ),
    (
        "an id with the mark of a selector",
        'const field = document.getElementById("#text");\n',
        'write `"text"`, without the #',
        "getElementById",
    ),
    (
        "a handler with a capital letter",
        "line.onMessage = ({ data }) => show(JSON.parse(data));\n",
        "The browser never calls onMessage: its name for it is `onmessage`.",
        "onMessage",
    ),
    (
        "a method that loses its object",
        "class Line {\n  dial() {\n    this.tries += 1;\n  }\n\n  later() {\n"
        "    setTimeout(this.dial, 500);\n  }\n}\n",
        "write `() => this.dial()`",
        "setTimeout",
    ),
    (
        "a text that nothing parses",
        "line.onmessage = ({ data }) => show(data);\n",
        "its data is `JSON.parse(event.data)`",
        "onmessage",
    ),
    (
        "an element that nobody sees",
        'function show(text) {\n  const row = document.createElement("li");\n'
        "  row.textContent = text;\n}\n",
        "Nothing puts `row` into the page",
        "createElement",
    ),
    (
        "a field of the event as the event",
        'line.addEventListener("close", (code) => end(code));\n',
        "write `({ code })` for the parameter",
        "close",
    ),
    (
        "a list where one item is meant",
        "function next() {\n  const item = items.filter((one) => !one.sent);\n"
        "  send(item.text);\n}\n",
        "filter() returns a list, which has no text: find() gives its first item.",
        "filter",
    ),
    (
        "a name of the browser with other capitals",
        "const line = new Websocket(url);\n",
        "Did you mean `WebSocket`?",
        "Websocket",
    ),
    (
        "a value that is called",
        "row.textContent(text);\n",
        "write `.textContent = text`",
        "textContent",
    ),
    (
        "a comparison that stands alone",
        'function clear() {\n  field.value == "";\n}\n',
        'This only compares field.value with "".',
        "==",
    ),
    (
        "a word of Python in a script",
        "if (line.isOpen and not text.trim()) send(text);\n",
        "`and` is Python: in JavaScript, write `&&`.",
        "and not",
    ),
    (
        "None in a script",
        "let chosen = None;\n",
        "write `null`",
        "None",
    ),
    (
        "a function that is not async",
        "const list = [1];\n\nexport function load({ id }, more = {}) {\n  if (more) {\n"
        "    const rows = await fetch(url);\n  }\n}\n",
        "write `async function load`",
        "function load",
    ),
    (
        "a method that is not async",
        "class Line {\n  load(id) {\n    return await fetch(id);\n  }\n}\n",
        "write `async` in front of load(…)",
        "load(id)",
    ),
    (
        "entries without a comma",
        'const WORDS = {\n  1: "one"\n  2: "two",\n};\n',
        "A comma is missing at the end of this line",
        "one",
    ),
    (
        "a module without its path",
        'import { away } from "other.js";\naway();\n',
        'write `"./other.js"`, with `./`',
        "import",
    ),
    (
        "a module without its ending",
        'import { away } from "./other";\naway();\n',
        'write `"./other.js"`',
        "import",
    ),
    (
        "a module that is misspelt",
        'import { away } from "./othr.js";\naway();\n',
        'Did you mean `"./other.js"`?',
        "import",
    ),
    (
        "quotes instead of backticks",
        "const url = '${scheme}//${location.host}/lines/';\n",
        "write ` instead of ' at both ends",
        "scheme",
    ),
    (
        "an attribute that has lost its this",
        "export class Line {\n  ask() {\n    if (this.isAsking) return;\n"
        "    isAsking = true;\n  }\n}\n",
        "Nothing declares isAsking: write `this.isAsking`.",
        "isAsking = true",
    ),
    (
        "a map without a key",
        "const kept = new Map();\nkept.set({ text });\n",
        "set() takes a key and a value",
        "kept.set",
    ),
    (
        "a storage without a key",
        "localStorage.setItem(JSON.stringify({ text, id }));\n",
        "setItem() takes a key and a value",
        "setItem",
    ),
    (
        "a question that is only named",
        "const isNear = () => true;\nif (!document.hidden && isNear) {\n  go();\n}\n",
        "isNear is a function, and so it's always true here: write `isNear()`.",
        "&& isNear",
    ),
    (
        "what a merge has left over",
        "<<<<<<< HEAD\nconst one = 1;\n=======\nconst one = 2;\n>>>>>>> two\n",
        "still has the markers of a merge conflict",
        "<<<<<<<",
    ),
]


@pytest.mark.parametrize(
    ("code", "words", "line"), [case[1:] for case in SCRIPTS], ids=[case[0] for case in SCRIPTS]
)
def test_a_script_of_any_names_is_explained(tmp_path, code, words, line):
    scripts = {"own.js": code, "other.js": "export function away() {}\n"}
    files = {f"chat_app/static/chat_app/{name}": text for name, text in scripts.items()}
    assert line in said(project(tmp_path, files), words)


@pytest.mark.parametrize(
    "code",
    [
        "export class Line {\n  tries = 0;\n\n  ask() {\n    this.tries += 1;\n  }\n}\n",
        "export let last;\nexport function keep({ seq }) {\n  last = seq;\n  seq = 0;\n}\n",
        "const kept = new Map();\nkept.set(key(1), { text });\nkept.set(...pair);\n",
        "const line = `<li data-name=\"${name}\">`;\nconst said = 'in ' + `${line}`;\n",
        "const isNear = () => true;\nexport function show({ isNear }) {\n  if (isNear) go();\n}\n",
        "async function load() {\n  if (x) {\n    await go();\n  }\n}\nawait load();\n",
        "const load = async () => {\n  await go();\n};\n",
        "function all(ids) {\n  return Promise.all(ids.map(async (id) => await get(id)));\n}\n",
        'const words = "this and that, or None";\nconst more = /a or b/;\n',
        "switch (x) {\n  case 1:\n    go();\n  default:\n    end();\n}\n",
        "const one = {\n  a: x ? 1\n    : 2,\n  b: 3,\n};\n",
        "// ======= the list\nexport const list = [];\n",
        "export class Line {\n  get isNear() {\n    return 1;\n  }\n}\n"
        "export function show(line) {\n  if (line.isNear) go();\n}\n",
        "function show() {\n  const isClosed = list.length > 1;\n  if (isClosed) go();\n}\n",
    ],
)
def test_a_script_that_is_right_is_not_blamed(tmp_path, code):
    other = "export const isNear = () => true;\nexport function isClosed() {}\n"
    scripts = {"chat_app/own.js": code, "chat_app/other.js": other}
    files = {f"chat_app/static/{name}": text for name, text in scripts.items()}
    assert not read(project(tmp_path, files))


def test_a_script_may_import_from_another_apps_static_folder(tmp_path):
    files = {
        "chat_app/static/chat_app/dom.js": "export const list = [];\n",
        "rooms/static/rooms/own.js": 'import { list } from "../chat_app/dom.js";\nlist.at(0);\n',
    }
    assert not read(project(tmp_path, files))


@pytest.mark.parametrize(
    "code",
    [
        "function later() {\n  return () => dial();\n}\nsetTimeout(later(), 1000);\n",
        "setTimeout(() => dial(), 1000);\nline.addEventListener('close', dial);\n",
        "setTimeout(dial.bind(line), 1000);\n",
    ],
)
def test_a_function_that_is_made_for_a_timer_is_none_that_is_called_too_early(tmp_path, code):
    folder = project(tmp_path, {"chat_app/static/chat_app/own.js": code})
    assert not [says for says in read(folder) if "at once" in says]


def test_a_callback_with_capitals_that_the_scripts_call_is_no_mistake(tmp_path):
    code = "line.onMessage = show;\n\nfunction take(data) {\n  line.onMessage(data);\n}\n"
    folder = project(tmp_path, {"chat_app/static/chat_app/own.js": code})
    assert not [says for says in read(folder) if "onMessage" in says]


PAGES = [
    ("an id without quotes", '{{ title|json_script:slug }}\n', 'write `json_script:"slug"`'),
    ("a route without quotes", "<a href=\"{% url home %}\">\n", "write `{% url 'home' %}`"),
    (
        "a script that no browser runs",
        "<script src=\"{% static 'own.js' %}\" type=\"text/module\"></script>\n",
        'write `type="module"`',
    ),
    (
        "a form that is not posted",
        "<form>{% csrf_token %}{{ form }}</form>\n",
        'write `<form method="post">`',
    ),
    (
        "a value in one pair of braces",
        '<button name="gone" value="{ guest.name }">Remove</button>\n',
        "write `{{ guest.name }}`",
    ),
    ("a value with a brace too few", "<b>{{ title }</b>\n", "write `{{ title }}`"),
    (
        "a block that ends with another name",
        "{% block title %}Hi{% endblock foot %}\n",
        "write `{% endblock title %}`",
    ),
    (
        "a button behind its form",
        "<form><textarea></textarea></form>\n<button>Send</button>\n",
        "move `</form>` below the button",
    ),
    ("a tag with a space in its mark", "<i>{ % csrf_token %}</i>\n", "remove the space"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "words"), [case[1:] for case in PAGES], ids=[case[0] for case in PAGES]
)
def test_a_template_of_any_names_is_explained(tmp_path, page, words):
    assert said(project(tmp_path, {"chat_app/templates/chat_app/own.html": page}), words)


@pytest.mark.parametrize(
    "page",
    [
        "<style>b { color: red }</style><script>const a = { title };</script>\n",
        "<b data-words='{\"title\": 1}'>{{ title }}{# { title } #}</b>\n",
        "{% verbatim %}{ title }{% endverbatim %}\n",
    ],
)
def test_braces_that_are_not_for_django_are_not_blamed(tmp_path, page):
    folder = project(tmp_path, {"chat_app/templates/chat_app/own.html": page})
    assert not [says for says in read(folder) if "braces" in says or "remove the space" in says]


@pytest.mark.parametrize(
    "page",
    [
        "<form><textarea></textarea><button>Send</button></form>\n<button>Close</button>\n",
        "<form><textarea></textarea></form>\n<button id='older'>Older</button>\n",
    ],
)
def test_a_button_that_belongs_to_no_form_is_not_blamed(tmp_path, page):
    assert not read(project(tmp_path, {"chat_app/templates/chat_app/own.html": page}))


def test_a_style_sheet_in_the_wrong_folder_is_told_even_if_no_test_notices(tmp_path):
    page = "{% load static %}<link href=\"{% static 'chat_app/own.css' %}\">\n"
    files = {"chat_app/templates/chat_app/own.html": page, "chat_app/static/own.css": "b {}\n"}
    told = source.unnoticed(project(tmp_path, files), STEP)
    assert ["It's at chat_app/static/own.css." in one.says for one in told] == [True]


def migrated(tmp_path, **dependencies):
    """Return a project with these migrations, each with the one that it follows."""
    files = {}
    for name, before in dependencies.items():
        after = f'("chat_app", "{before}")' if before else ""
        text = f"class Migration:\n    dependencies = [{after}]\n"
        files[f"chat_app/migrations/{name.lstrip('_')}.py"] = text
    return project(tmp_path, files)


def test_two_migrations_after_the_same_one_are_found(tmp_path):
    folder = migrated(
        tmp_path, _0001_start=None, _0002_places="0001_start", _0003_lines="0001_start"
    )
    words = 'write `("chat_app", "0002_places")` as the dependency of 0003_lines'
    assert "0001_start" in said(folder, words)


def test_a_migration_after_none_that_is_there_is_found(tmp_path):
    folder = migrated(tmp_path, _0001_start=None, _0002_places="0001_initial")
    assert "0001_initial" in said(folder, "Did you mean `0001_start`?")


def test_a_migration_after_itself_is_found(tmp_path):
    folder = migrated(tmp_path, _0001_start=None, _0002_places="0002_places")
    assert "0002_places" in said(folder, "write `0001_start`")


def test_migrations_in_a_row_or_merged_are_not_blamed(tmp_path):
    row = {"_0001_start": None, "_0002_places": "0001_start", "_0003_lines": "0001_start"}
    folder = migrated(tmp_path, **row)
    merged = '[("chat_app", "0002_places"), ("chat_app", "0003_lines"), ("auth", "0012_x")]'
    text = f"class Migration:\n    dependencies = {merged}\n"
    (folder / "chat_app/migrations/0004_merged.py").write_text(text, "utf-8")
    assert not [says for says in read(folder) if "follow" in says or "migration" in says]


def test_a_default_inside_the_quotes_of_the_variable_is_found(tmp_path):
    settings = 'INSTALLED_APPS = ["daphne"]\nURL = os.environ.get("URL, redis://here")\n'
    folder = project(tmp_path, {"chat_project/settings.py": f"import os\n{settings}"})
    assert "os.environ" in said(folder, 'write `"URL", "redis://here"`')


def test_a_route_for_too_few_names_is_found(tmp_path):
    routes = """
        from django.urls import re_path
        from .line import Line

        lines = [re_path(r"^ws/chat/(?P<room_name>\\w+)/$", Line.as_asgi())]
        """
    folder = project(tmp_path, {"chat_app/lines.py": routes, "chat_project/urls.py": ""})
    assert "re_path" in said(folder, r"write `[-\w]+` instead of `\w+`")


def test_a_line_of_the_step_before_is_told_as_one(tmp_path):
    code = """
        from channels.generic.websocket import AsyncWebsocketConsumer

        class ChatConsumer(AsyncWebsocketConsumer):
            async def tell(self, event):
                await self.send(self.crowd_of_before)
        """
    folder = project(tmp_path, {"chat_app/consumers.py": code})
    assert "crowd_of_before" in said(folder, "is this line from the step before?")


def test_a_name_that_the_context_in_a_variable_lacks_is_found(tmp_path):
    view = """
        from django.shortcuts import render

        def home(request):
            context = {"entered": 1}
            return render(request, "chat_app/own.html", context)
        """
    page = "{{ form.as_p }}\n"
    files = {"chat_app/pages.py": view, "chat_app/templates/chat_app/own.html": page}
    assert said(project(tmp_path, files), "It passes `entered`.") == page.strip()


def test_a_route_with_another_address_is_found(tmp_path):
    routes = """
        from django.urls import re_path
        from .line import Line

        lines = [re_path(r"^chat/(?P<slug>[-a-z0-9]+)/$", Line.as_asgi())]
        """
    folder = project(tmp_path, {"chat_app/lines.py": routes, "chat_project/urls.py": ""})
    words = "This route answers /chat/<slug>/, but the address is /ws/chat/<room_name>/."
    assert "re_path" in said(folder, words)


def test_a_method_that_the_base_class_calls_may_be_misspelt(tmp_path):
    base = """
        from channels.generic.websocket import AsyncWebsocketConsumer

        class Base(AsyncWebsocketConsumer):
            async def receive(self, text_data=None, bytes_data=None):
                await self.on_text(text_data)

            async def on_text(self, text):
                raise NotImplementedError
        """
    line = """
        from .base import Base

        class Line(Base):
            async def on_texts(self, text):
                await self.send(text)
        """
    folder = project(tmp_path, {"chat_app/base.py": base, "chat_app/line.py": line})
    assert "on_texts" in said(folder, "Did you mean `on_text`?")


def test_a_base_class_may_use_what_the_class_below_it_sets(tmp_path):
    code = """
        from channels.generic.websocket import AsyncWebsocketConsumer

        class Base(AsyncWebsocketConsumer):
            async def tell(self, event):
                await self.channel_layer.group_send(self.crowd, event)

        class Line(Base):
            async def connect(self):
                self.crowd = "crowd"
                await self.accept()
        """
    assert not read(project(tmp_path, {"chat_app/code.py": code}))


def test_variables_that_are_set_in_time_are_not_blamed(tmp_path):
    code = """
        def use(items, last):
            for item in items:
                print(last)
                last = item
            total = sum(value for value in items)
            value = total
            later = lambda: value + total
            print(later)
            return value
        """
    assert not [
        one for one in read(project(tmp_path, {"chat_app/code.py": code})) if "below" in one
    ]


def test_calls_that_reach_other_functions_are_not_blamed(tmp_path):
    code = """
        from functools import partial
        from chat_app import other
        from chat_app.other import newest

        def keep(text, kind="plain", *, at=None):
            return text, kind, at

        def use(newest, pair, fields):
            newest(1, 2, 3)
            keep(*pair)
            keep(**fields)
            keep("text", at=1)
            return partial(other.newest)
        """
    assert not [
        says for says in read(project(tmp_path, {"chat_app/code.py": code})) if "()" in says
    ]


def test_an_apps_py_that_imports_signals_in_its_class_is_found(tmp_path):
    apps = """
        from django.apps import AppConfig

        class OwnConfig(AppConfig):
            name = "chat_app"

            def ready(self):
                print("ready")

            from chat_app import signals
        """
    files = {"chat_app/apps.py": apps, "chat_app/signals.py": "from chat_app.models import Place\n"}
    assert "import signals" in said(project(tmp_path, files), "import it in ready()")


def test_two_files_that_import_each_other_are_found(tmp_path):
    first = "from chat_app.second import two\n\ndef one():\n    return two()\n"
    second = "from chat_app.first import one\n\ndef two():\n    return 2\n"
    folder = project(tmp_path, {"chat_app/first.py": first, "chat_app/second.py": second})
    assert "import one" in said(folder, "nothing here needs this import, so delete it")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("if ready && text:", "`&&` is JavaScript: in Python, write `and`"),
        ("if !ready:", "write `not`"),
        ("const line = 1", "`const` is JavaScript: in Python, leave it out"),
        ("line = new Line()", "leave it out"),
        ("// a remark", "write `#`"),
        ("    case {type: 'text'}:", 'a key in a pattern needs quotes in Python: write `"type":`'),
    ],
)
def test_javascript_in_python_is_explained(tmp_path, line, words):
    text = f"match frame:\n{line}\n        pass\n" if "case" in line else f"{line}\n"
    place, said = source.syntax_error(project(tmp_path, {"chat_app/code.py": text}))
    assert words in said
    assert line in line_at(tmp_path, place)


@pytest.mark.slow
def test_a_mistake_that_no_test_notices_is_told_beside_what_is_done(workshop, project_of):
    folder = project_of("01")
    script = folder / "chat_app" / "static" / "own.js"
    script.parent.mkdir(parents=True)
    script.write_text("\nsetTimeout(dial(), 1000);\n", "utf-8")
    said = workshop("check", folder, "--step", "01", code=0).stdout
    assert "Step 01 is done" in said
    notice = said.partition("No test has noticed this mistake:")[2]
    assert "Pass the function: `dial`" in " ".join(notice.split())
    assert "chat_app/static/own.js, line 2" in notice
    assert "setTimeout(dial(), 1000);" in notice
    told = workshop("check", folder, "--step", "01", "--format", "json", code=0).stdout
    assert [one["line"] for one in json.loads(told)["unnoticed"]] == [2]
    told = workshop("check", folder, "--step", "01", "--format", "github", code=0).stdout
    assert "::warning file=" in told and "line=2" in told


def test_a_route_without_a_name_is_found(tmp_path):
    routes = """
        from django.urls import path
        from chat_app import pages

        urlpatterns = [
            path("", pages.home, name="home"),
            path("accounts/join/", pages.join),
        ]
        """
    files = {
        "chat_app/urls.py": routes,
        "chat_app/templates/chat_app/own.html": "<a href=\"{% url 'join' %}\">Join</a>\n",
    }
    assert "pages.join" in said(project(tmp_path, files), 'add `name="join"` to it')


def test_a_default_outside_of_its_parentheses_is_found(tmp_path):
    settings = 'INSTALLED_APPS = ["daphne"]\nURL = os.environ.get("URL"), "redis://here"\n'
    folder = project(tmp_path, {"chat_project/settings.py": f"import os\n{settings}"})
    assert "os.environ" in said(folder, 'write `os.environ.get("URL", …)`')


def test_a_key_that_the_script_reads_by_another_name_is_found(tmp_path):
    view = """
        from django.http import JsonResponse

        def archive(request):
            return JsonResponse({"line": [], "more": False})
        """
    script = "const { more } = page;\nshow(page.lines);\n"
    files = {"chat_app/pages.py": view, "chat_app/static/chat_app/own.js": script}
    assert "JsonResponse" in said(project(tmp_path, files), "The script reads `lines`")
