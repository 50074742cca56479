"""The source of the project: what it shows without running it."""

from collections.abc import Iterator

from channels_doctor.analysis import (
    accepting,
    application,
    blocking,
    coroutines,
    database,
    importing,
    lifecycles,
    membership,
    payloads,
    processes,
    transactions,
    waiting,
    wiring,
)
from channels_doctor.analysis.pages import addresses, orphans, page
from channels_doctor.analysis.trust import claims, users
from channels_doctor.finding import Finding
from channels_doctor.rules.context import Context
from channels_doctor.source import calls, events, groups, input, methods, signatures
from channels_doctor.static.folders import around


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with consumers, and with the code that uses a layer."""
    yield from application.check(context)
    if context.imports_channels_4:
        yield from _methods(context)
        yield from _flow(context)
        yield from importing.check(context)
        yield from wiring.check(context)
        yield from processes.check(context)
    repository = around(context.project.folder, context.project.given)[-1]
    pages = page.pages(context.tree, repository)
    yield from orphans.noted(page.check(context.tree, pages), context.tree, repository)
    yield from addresses.check(context, pages)


def _methods(context: Context) -> Iterator[Finding]:
    """Yield problems in single methods and calls."""
    tree, consumers = context.tree, context.consumers
    handlers = events.handlers(context.events)
    yield from calls.never_awaited(tree, consumers, context.default_kind or "core", handlers)
    yield from calls.sync_inside_the_loop(tree, consumers)
    yield from methods.not_async(consumers, handlers)
    yield from methods.not_accepted(consumers)
    yield from signatures.wrong_arguments(consumers, handlers)
    yield from events.without_handler(tree, context.events, consumers, context.calls)
    if context.default_kind != "pubsub":
        yield from groups.written_wrongly(consumers, context.calls)
    yield from input.read_carelessly(consumers)
    yield from input.taken_for_objects(consumers)
    yield from input.decoded_carelessly(consumers)


def _flow(context: Context) -> Iterator[Finding]:
    """Yield problems that require following control flow and data flow."""
    tree, consumers, kind = context.tree, context.consumers, context.default_kind
    handlers = events.handlers(context.events)
    yield from accepting.check(consumers)
    yield from membership.check(consumers, context.calls)
    yield from coroutines.check(tree, consumers, handlers)
    in_threads = context.demands_below("channels", 3)
    yield from blocking.check(tree, consumers, handlers, in_threads)
    yield from waiting.check(tree, consumers, handlers)
    yield from database.check(tree)
    yield from payloads.check(tree, context.events, consumers, context.calls, kind)
    yield from claims.check(tree, consumers, context.calls, kind)
    yield from users.check(consumers)
    yield from lifecycles.check(tree, consumers, kind)
    yield from transactions.check(tree, context.calls, context.facts.get("atomic_requests", False))
