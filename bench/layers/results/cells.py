"""The tables' cells. Each function turns a result for one layer into words."""

import re
import statistics
from collections.abc import Sequence


def delivered(found: dict) -> str:
    """Say what reached a group's members in other processes."""
    wanted = found["sent"] * found["members"]
    if found["lost"] == wanted:
        return "nothing arrives"
    if found["doubled"]:
        copies = (wanted - found["lost"] + found["doubled"]) / (wanted - found["lost"])
        return f"**each event arrives {copies:.0f} times**"
    return f"{found['lost']:,} of {wanted:,} lost" if found["lost"] else "everything arrives once"


def from_script(record: dict) -> str:
    """Say whether a process without an event loop can send."""
    found = record["script"]
    error = found["raised"].partition(": ")[0].rpartition(".")[2]
    if error:
        return f"**fails with `{error}`**, {found['arrived']} of {found['sent']} arrive"
    if found["arrived"] == found["sent"]:
        return "works"
    return f"{found['arrived']} of {found['sent']} arrive"


def in_order(found: dict, name: str) -> str:
    """Say whether events arrived in the order in which they were sent."""
    if not found[name]:
        return "in order"
    return f"**{found[name]} of {found['sent']} late**"


def kept(record: dict, name: str) -> str:
    """Say which events a slow socket still gets."""
    numbers = record["overflow"][name]["kept"]
    sent = record["overflow"]["sent"]
    if not numbers:
        return "nothing"
    if len(numbers) == sent:
        return f"all {sent}"
    if numbers == list(range(1, len(numbers) + 1)):
        return f"the oldest {len(numbers)}"
    if numbers == list(range(sent - len(numbers) + 1, sent + 1)):
        return f"the newest {len(numbers)}"
    return f"{len(numbers)} of {sent}"


def others(record: dict) -> str:
    """Say what happens to sockets that do read, in another process and in the same one."""
    found = record["overflow"]
    sent = found["sent"]
    said = []
    if found["alone"]["others"] is not None and found["alone"]["others"] < sent:
        said.append(f"a burst reaches another process only up to {found['alone']['others']}")
    if found["beside"]["neighbour"] < sent:
        said.append(f"**the whole process stops after {found['beside']['neighbour']}**")
    return "; ".join(said) or "hear everything"


def raised(record: dict, name: str) -> str:
    """Say which exceptions the sender got, and how often."""
    errors = record["overflow"][name]["raised"]
    return ", ".join(f"`{name}` {count} times" for name, count in errors.items()) or "nothing"


def logged(record: dict) -> str:
    """Say what the receiver's or the sender's log contains, without random names."""
    lines = record["overflow"]["alone"]["log"]
    if not lines:
        return "nothing"
    level, text = lines[0]
    short = re.sub(r"specific\S+", "…", text)
    return f"{level}: {short}"


def socket_after_restart(record: dict) -> str:
    """Say what happens to an open, quiet socket after a restart."""
    found = record["restart"]
    if found["survives"]:
        return f"stays open, and gets events again after {found['seconds']:.1f} s"
    if found["error"]:
        return f"closes (`{found['error'].partition(':')[0]}`)"
    return "**stays open but gets no more events**"


def sending_while_down(record: dict) -> str:
    """Say what a sender notices while the engine is down, and what happens to the event."""
    found = record["restart"]
    arrives = "the event arrives later" if found["kept_while_down"] else "the event is lost"
    if found["while_down"]["waited"]:
        return f"waits until it is back; {arrives}"
    return f"{raised_once(found['while_down']['raised'])}; {arrives}"


def raised_once(errors: dict[str, int]) -> str:
    """Name the exception of a single call."""
    return ", ".join(f"`{name}`" for name in errors) or "no error"


def waiting_kept(record: dict) -> str:
    """Say how many of ten events that waited for a slow socket survive."""
    return f"{record['restart']['waiting_kept']} of 10 arrive"


def reconnecting(record: dict) -> str:
    """Say whether a new socket works after the restart."""
    if record["restart"]["rejoins"]:
        return "works"
    return "**gets nothing until you restart the process**"


def heard(found: dict) -> str:
    """Say whether a socket still receives its group's events after a silence."""
    if found["heard"]:
        return "still gets its group's events"
    errors = ", ".join(error.partition(":")[0] for error in found["errors"])
    return f"closes (`{errors}`)" if errors else "**gets no more events**"


def expired(record: dict) -> str:
    """Say whether a membership ends after `group_expiry`."""
    if "expiry" not in record:
        return "no such setting"
    if "error" in record["expiry"]:
        return f"failed: {record['expiry']['error']}"
    return "ignored: still a member" if record["expiry"]["heard"] else "no longer a member"


def app_trouble(record: dict) -> str:
    """Say what went wrong with the finished app, if anything."""
    found = record["app"]
    said = [sentence.rstrip(".") for sentence in found["failures"][:1]]
    said += [f"`{found['error']}`"] if found["error"] else []
    return "; ".join(said) or "nothing"


def milliseconds(values: Sequence[float]) -> str:
    """Return the median of several values, with two significant digits."""
    value = statistics.median(values)
    return f"{value:.2g} ms" if value < 10 else f"{value:.0f} ms"
