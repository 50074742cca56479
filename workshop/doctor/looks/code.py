"""The source of the project: what can be seen without running it."""

from collections.abc import Iterator

from workshop.doctor.context import Context
from workshop.doctor.finding import Finding
from workshop.doctor.source import calls, events, groups, input, methods, signatures


def look(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with consumers, and with the code that uses a layer."""
    tree, consumers = context.tree, context.consumers
    handlers = events.handlers(context.events)
    yield from calls.never_awaited(tree, consumers, context.default_kind or "core")
    yield from calls.sync_inside_the_loop(tree)
    yield from methods.not_async(consumers, handlers)
    yield from methods.not_accepted(consumers)
    yield from signatures.wrong_arguments(consumers, handlers)
    yield from events.without_handler(tree, context.events, consumers, context.calls)
    if context.default_kind != "pubsub":
        yield from groups.written_wrongly(consumers, context.calls)
    yield from input.read_carelessly(consumers)
