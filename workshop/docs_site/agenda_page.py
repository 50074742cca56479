"""The timetables on the instructors' page."""

from pathlib import Path

from workshop import agenda as planning


def agenda(root: Path) -> list[str]:
    """Return a section for each length of the workshop: its timetable and what it leaves out."""
    lines = []
    for one in planning.agendas(root):
        lines += ["", f"## {one.name}", "", *_table(one), "", _left_out(one)]
    return lines


def _table(one: planning.Agenda) -> list[str]:
    rows = ["| From | What | Minutes |", "|---|---|--:|"]
    for row in one.rows:
        what = f"[{row.title}](../{row.page})" if row.page else f"*{row.title}*"
        rows.append(f"| {row.start // 60}:{row.start % 60:02} | {what} | {row.minutes} |")
    hours, minutes = divmod(one.minutes, 60)
    return [*rows, f"| {hours}:{minutes:02} | The end | **{one.minutes}** |"]


def _left_out(one: planning.Agenda) -> str:
    if not one.left_out:
        return "Nothing is left out."
    links = ", ".join(
        f"[{part.title}](../{part.page}) ({part.minutes} min)" for part in one.left_out
    )
    return f"Left out, for at home: {links}."
