"""What the last carry wrote, so that the next one can tell it from edits made by hand."""

import hashlib
import json
import os
from pathlib import Path


class Record:
    """For each file that a carry wrote: digests of what it was made from and of what it became."""

    def __init__(self, root: Path):
        self.path = root / ".workshop" / "carried.json"
        try:
            self.entries = json.loads(self.path.read_text())
        except (OSError, ValueError):
            self.entries = {}

    def is_ours(self, key: str, source: bytes | None, now: bytes | None) -> bool:
        """Return whether `now` is what a carry made from `source` in the file `key`."""
        return self.entries.get(key) == [_digest(source), _digest(now)]

    def note(self, key: str, source: bytes | None, result: bytes | None) -> None:
        """Remember that a carry makes `result` from `source` in the file `key`."""
        self.entries[key] = [_digest(source), _digest(result)]

    def forget(self, key: str) -> None:
        """Treat the file `key` as edited by hand from now on."""
        self.entries.pop(key, None)

    def save(self) -> None:
        """Write the record, whole or not at all."""
        self.path.parent.mkdir(exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(self.entries, indent=1, sort_keys=True))
        os.replace(fresh, self.path)


def _digest(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()
