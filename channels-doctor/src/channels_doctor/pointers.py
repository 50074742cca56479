"""Where a person can read more about a pitfall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels_doctor.pitfalls import Pitfall


@dataclass(frozen=True)
class Pointers:
    """The commands that show more about a pitfall, in the program the user is running.

    `doctor` is the command that runs the doctor. `docs` is the command that opens a pitfall's page
    in a docs site, if there is one; it takes the pitfall's id.
    """

    doctor: str = "channels-doctor"
    docs: str = ""

    def explain(self, pitfall: Pitfall) -> str:
        """Return the command that prints everything about `pitfall` in the terminal."""
        return f"{self.doctor} --explain {pitfall.id}"

    def page(self, pitfall: Pitfall) -> str:
        """Return the command that opens the page of `pitfall`, or "" if there is no site."""
        return f"{self.docs} {pitfall.id.lower()}" if self.docs else ""

    def more(self, pitfall: Pitfall) -> str:
        """Return the command that shows the most about `pitfall`."""
        return self.page(pitfall) or self.explain(pitfall)


INSTALLED = Pointers()
AS_MODULE = Pointers("python -m channels_doctor")
