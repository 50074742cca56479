"""What each step's frames mean. Each step adds one thing to the protocol."""

from dataclasses import dataclass
from pathlib import Path

from workshop.base.errors import UsageError
from workshop.base.paths import ROOT


@dataclass(frozen=True)
class Stage:
    """A step, as its clients see it.

    `adds` names what the step adds to the protocol, and `meaning` explains it. `sign` is the place
    in the step's code: a file, and some text in it that the previous step doesn't have.
    """

    slug: str
    adds: str
    meaning: str
    sign: tuple[str, str]

    @property
    def number(self) -> str:
        return self.slug.partition("-")[0]

    @property
    def folder(self) -> Path:
        return ROOT / "steps" / self.slug

    def knows(self, what: str) -> bool:
        """Return whether this step or an earlier one adds `what`."""
        return what in [stage.adds for stage in STAGES[: STAGES.index(self) + 1]]


CONSUMERS, PROTOCOL = "chat_app/consumers.py", "chat_app/protocol.py"
STAGES = (
    Stage(
        "05-template",
        "page",
        'each frame is {"message": text}, for everybody connected at that moment',
        ("chat_app/views.py", "def chat_room"),
    ),
    Stage(
        "06-accounts",
        "accounts",
        "a session is needed, and each message names its author",
        (CONSUMERS, "NOT_LOGGED_IN"),
    ),
    Stage("07-rooms", "rooms", "the room has to exist", (CONSUMERS, "visible_to")),
    Stage(
        "08-history",
        "history",
        "frames have a type; welcome names the newest number, and older messages come over HTTP",
        (CONSUMERS, 'encode("welcome"'),
    ),
    Stage(
        "09-delivery",
        "delivery",
        "a message has a client_id and is acknowledged",
        (CONSUMERS, 'encode("ack"'),
    ),
    Stage("10-sync", "sync", "sync asks for what was missed", (CONSUMERS, 'encode("synced"')),
    Stage(
        "11-edits",
        "edits",
        "an edit or a deletion is one more numbered message",
        (PROTOCOL, '{"type": "edit"}'),
    ),
    Stage(
        "12-presence",
        "presence",
        "clients hear who is here and who is typing",
        (PROTOCOL, '{"type": "typing"}'),
    ),
    Stage(
        "13-marks",
        "marks",
        "clients report what they have seen",
        (PROTOCOL, '{"type": "seen"}'),
    ),
    Stage("14-rights", "rights", "the server closes sockets later, too", (CONSUMERS, "recheck")),
    Stage(
        "15-limits",
        "limits",
        "an error has a code; one that says rate_limited also says how long to wait",
        (PROTOCOL, '"rate_limited"'),
    ),
    Stage("16-hub", "hub", "nothing new: the same frames, faster", (CONSUMERS, "hub.join")),
)


def find(slug: str) -> Stage:
    """Return the stage of a step. Raises UsageError for a step without a chat page."""
    for stage in STAGES:
        if stage.slug == slug:
            return stage
    first, last = STAGES[0].slug, STAGES[-1].slug
    raise UsageError(f"{slug} has no chat page: choose a step from {first} to {last}.")
