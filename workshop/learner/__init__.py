"""The learner's loop: their own folder, checks of what it does, hints, and progress."""
