import asyncio
import subprocess
import sys
from pathlib import Path

from test_presence import is_welcomed, leases, sees  # noqa: F401

PROJECT = Path(__file__).parent.parent


async def people_in(room):
    command = [sys.executable, "manage.py", "here", room]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


async def test_the_command_names_each_of_the_people_in_a_room_once(enter, room):
    for name in ("Bob", "Ann", "Ann"):
        await is_welcomed(await enter(room, name=name))
    assert await people_in(room) == ["Ann", "Bob"]


async def test_nobody_is_in_an_empty_room(room, redis):
    assert await people_in(room) == []


async def test_the_command_leaves_it_to_others_to_tell_the_room(enter, room, leases):  # noqa: F811
    ann, bob = await enter(room), await enter(room)
    await sees(ann, lambda here: "Bob" in here, "nobody announces who comes")
    await bob.leave()
    while "Bob" in await people_in(room):
        pass
    await sees(ann, lambda here: "Bob" not in here, "nobody announces who leaves")
