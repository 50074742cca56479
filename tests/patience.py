"""How long tests wait before they give up. No test measures time with it."""

SECONDS = 120  # a busy machine may need most of it
MILLISECONDS = SECONDS * 1000
