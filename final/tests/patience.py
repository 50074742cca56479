"""How long tests wait before they give up. No test measures time with it."""

SECONDS = 120  # a machine that does ten other things may need most of it
