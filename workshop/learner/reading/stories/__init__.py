"""What happened before a test failed: in the learner's code, and in the page."""
