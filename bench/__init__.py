"""Measure the finished app (`load`), break it on purpose (`chaos`), compare layers (`layers`)."""
