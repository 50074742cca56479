"""The workshop's tool: `python3 -m workshop`."""
