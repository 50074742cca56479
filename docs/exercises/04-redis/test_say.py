import asyncio
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent


async def test_a_command_in_another_process_sends_to_everybody_in_the_room(enter, room):
    ann = await enter(room)
    command = [sys.executable, "manage.py", "say", room, "lunch is ready"]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    ann.talk.append("The command")
    await ann.hears("lunch is ready")
