"""The workshop's own tool. See `python3 -m workshop --help`."""
