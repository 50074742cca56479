"""Imports what every project needs, waits for an order, and runs the script in it.

This is a script; `warm.py` writes the order to its standard input, as one line of JSON.
"""

import json
import os
import sys

from script_process import become, import_everything, redirect


def main():
    import_everything()
    line = sys.stdin.readline()
    if not line:
        return  # its parent has exited
    order = json.loads(line)
    descriptors = [os.open(os.devnull, os.O_RDONLY), 1, 2]
    if order["log"]:
        log = os.open(order["log"], os.O_WRONLY | os.O_APPEND)
        descriptors[1:] = [log, log]
    redirect(descriptors)
    become(order["words"], order["folder"], order["environment"], order["globals"])


if __name__ == "__main__":
    main()
