"""Ends what a supervisor leaves behind when it dies without a word (`kill -9`, out of memory).

The supervisor writes the process groups it starts (`+123`) and has stopped (`-123`) to this
program's input. Its death closes the input on any system, and what is still listed is ended:
asked first, killed after a few seconds. Standard library only, so that it starts at once.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 5


def alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS answers so for a group of zombies
        return False
    return True


def signal_all(groups, number):
    for group in filter(alive, groups):
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            continue


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    signal_all(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(map(alive, groups)):
        time.sleep(0.1)
    signal_all(groups, signal.SIGKILL)


if __name__ == "__main__":
    main()
