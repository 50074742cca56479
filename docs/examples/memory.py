"""A thread changes the memory of its process; another process changes its own copy."""

from multiprocessing import Process
from threading import Thread

messages = []


def add_message():
    messages.append("hello")


if __name__ == "__main__":
    for kind in (Thread, Process):
        worker = kind(target=add_message)
        worker.start()
        worker.join()
        print(f"After the {kind.__name__.lower()}: {messages}")
