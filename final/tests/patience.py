"""How long tests wait before they give up. No test asserts how long something takes."""

SECONDS = 120  # a busy machine may need most of it
