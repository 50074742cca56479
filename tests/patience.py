"""How long a test waits for what must come. It bounds a hang; no test measures with it."""

SECONDS = 120  # a machine that does ten other things may need most of it
MILLISECONDS = SECONDS * 1000
