"""Read a learner's project without running it, to find the cause of a failure."""
