"""The course: its steps in order, how they differ, and how long they take to teach."""
