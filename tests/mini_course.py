"""A small course for testing `carry`."""

import subprocess

COURSE = """
title = "A course"
[[checkpoint]]
slug = "01-one"
title = "One"
minutes = 1
[[checkpoint]]
slug = "02-two"
title = "Two"
minutes = 1
[[checkpoint]]
slug = "03-three"
title = "Three"
minutes = 1
[[checkpoint]]
slug = "final"
title = "Final"
minutes = 1
"""
FOLDERS = ["steps/01-one", "steps/02-two", "steps/03-three", "final"]
LINES = "".join(f"line {number}\n" for number in range(1, 21))


class Course:
    """A course of three checkpoints and a final app in a separate git repository."""

    def __init__(self, root, workshop):
        self.root, self.workshop = root, workshop
        (root / "steps").mkdir(exist_ok=True)
        (root / "steps" / "course.toml").write_text(COURSE)
        for folder in FOLDERS:
            self.write(folder, "app.py", LINES)
            self.write(folder, "README.md", f"About {folder}\n")
        self.git("init", "-q")

    def git(self, *words):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.autocrlf=false"]
        command = ["git", *identity, *words]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True).stdout

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")

    def write(self, folder, path, text):
        file = self.root / folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def replace(self, folder, path, old, new):
        text = self.read(folder, path)
        assert text.count(old) == 1
        self.write(folder, path, text.replace(old, new))

    def read(self, folder, path="app.py"):
        file = self.root / folder / path
        return file.read_bytes().decode() if file.exists() else None

    def all(self, path="app.py"):
        return [self.read(folder, path) for folder in FOLDERS]

    def carry(self, step="01", *options, code=0):
        return self.workshop("carry", step, *options, root=self.root, code=code)

    def state(self):
        listed = (path for folder in FOLDERS for path in (self.root / folder).rglob("*"))
        return {path: path.read_bytes() for path in listed if path.is_file()}
