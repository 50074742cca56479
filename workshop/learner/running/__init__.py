"""Run the tests of the goals on a copy of a learner's project, in separate processes."""
