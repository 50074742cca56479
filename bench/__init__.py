"""Measure the finished app (`load`) and break it on purpose (`chaos`)."""
