"""Take the picture of a report that the README shows: `python tests/picture.py` writes it.

It is what the doctor prints about a real project with two faults, as a terminal of 84 columns shows
it; only the versions of the packages are left out, which differ from machine to machine.
"""

import io
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

from base_project import FILES, edited  # noqa: E402
from case_parts import CONSUMERS, SETTINGS  # noqa: E402
from rich.console import Console  # noqa: E402

from channels_doctor import project  # noqa: E402
from channels_doctor.examination import examine  # noqa: E402
from channels_doctor.output.report import Report  # noqa: E402

PICTURE = HERE.parent / "report.svg"
FAULTS = [
    (SETTINGS, '    "daphne",\n', ""),
    (CONSUMERS, "await self.channel_layer.group_add", "self.channel_layer.group_add"),
]
PINNED = "django==5.2.19\nchannels==4.3.2\nchannels_redis==4.3.0\nredis==7.4.0\n"
FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)  # from a server that isn't ours


def taken():
    """Return the picture: the report about the project, read and not executed."""
    with tempfile.TemporaryDirectory(prefix="my-chat-") as folder:
        for name, text in {**edited(FILES, FAULTS), "requirements.txt": PINNED}.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found = examine(project.find(folder), importing=False)
    console = Console(
        record=True, width=84, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print("$ channels-doctor my-chat\n", highlight=False)
    report = Report(console)
    for finding in found.findings:
        report.finding(finding, [])
        report.blank()
    return FONTS.sub("", console.export_svg(title="my-chat", unique_id="report"))


if __name__ == "__main__":
    PICTURE.write_text(f"{taken()}\n", encoding="utf-8")
