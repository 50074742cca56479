"""Import what every project needs once, then fork a process for each script.

This is a script; its standard input is a socket on which `forked.py` sends orders. A fork does what
`python SCRIPT` does, without the time for the imports. We import nothing here that a learner may
forget to import: no channels and no daphne, only what Django and the tests load anyway.
"""

import contextlib
import gc
import json
import os
import selectors
import signal
import socket

from script_process import become, import_everything, is_hidden, redirect


class Server:
    """Forks a process for each order, until all clients are gone."""

    def __init__(self, orders):
        self.orders = orders
        self.clients = {}  # by the process that they requested
        self.selector = selectors.DefaultSelector()
        self.ended, wake = socket.socketpair()
        for end in (self.ended, wake):
            end.setblocking(False)
        self.before = signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno())
        self.sockets = [orders, self.ended, wake]

    def serve(self):
        """Return the order in a fork, or None when all clients have left."""
        self.selector.register(self.orders, selectors.EVENT_READ, self.fork)
        self.selector.register(self.ended, selectors.EVENT_READ, self.tell)
        while self.orders.fileno() >= 0:
            for key, _ in self.selector.select():
                order = key.data() if key.fileobj.fileno() >= 0 else None  # or closed just now
                if order:
                    return order
        return None

    def fork(self):
        data, fds, _, _ = socket.recv_fds(self.orders, 1 << 20, 8, socket.MSG_CMSG_CLOEXEC)
        if not data:
            self.orders.close()
            for pid in self.clients:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            return None
        order, client = json.loads(data), socket.socket(fileno=fds.pop(0))
        pid = None if is_hidden(order["folder"]) else os.fork()
        if pid == 0:
            self.forget(client)
            return {**order, "fds": fds}
        if pid:
            client.sendall(b"%d\n" % pid)
            self.clients[pid] = client
            self.selector.register(client, selectors.EVENT_READ, lambda: self.kill(pid))
        else:
            client.close()
        for fd in fds:
            os.close(fd)
        return None

    def forget(self, client):
        """Remove everything that belongs to the server from a fork."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, self.before)
        self.selector.close()
        for end in [*self.sockets, *self.clients.values(), client]:
            end.close()

    def tell(self):
        """Send each client its process's exit code when the process has ended."""
        self.ended.recv(65536)
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                client = self.clients.pop(found[0])
                with contextlib.suppress(KeyError):
                    self.selector.unregister(client)
                with client, contextlib.suppress(OSError):
                    client.sendall(b"%d\n" % os.waitstatus_to_exitcode(found[1]))

    def kill(self, pid):
        """Kill a process whose client is gone, because nothing else would."""
        self.selector.unregister(self.clients[pid])
        os.kill(pid, signal.SIGKILL)


def run(order):
    """Become the process that the order describes."""
    redirect([os.open(os.devnull, os.O_RDONLY), *order["fds"][:2]])
    channel = order["fds"][2:]
    more_globals = {"FORKS": channel[0]} if channel else {}
    become(order["words"], order["folder"], order["environment"], more_globals)


def main():
    gc.disable()  # keep everything imported so far
    import_everything()
    gc.freeze()
    gc.enable()
    if order := Server(socket.socket(fileno=0)).serve():
        run(order)
    else:
        os._exit(0)  # skip the cleanup: there's a lot imported, and nothing to save


if __name__ == "__main__":
    main()
