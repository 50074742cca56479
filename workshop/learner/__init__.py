"""The learner's loop: a folder of their own, checks of what it does, hints, and their progress."""
