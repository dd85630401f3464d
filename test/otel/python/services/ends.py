# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""Counts what it does, in each of its processes, and ends in the way it is told to."""

import multiprocessing
import os
import sys
import time
from contextlib import suppress

from onyx_metrics import define_counter, task

steps = define_counter("ends.steps", description="Of the test.", unit="{step}")


def child(status: int) -> None:
    steps.add()
    os._exit(status) if status else sys.exit(0)


def forked() -> None:
    pid = os.fork()
    if pid == 0:
        child(5)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def forked_twice() -> None:
    pid = os.fork()
    if pid == 0:
        steps.add()
        forked()
        sys.exit(6)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def terminated(method: str) -> None:
    process = multiprocessing.get_context(method).Process(target=time.sleep, args=(60,))
    process.start()
    process.terminate()
    process.join()
    print(process.exitcode)


def named(method: str) -> None:
    process = multiprocessing.get_context(method).Process(target=os._exit, args=(7,))
    process.start()
    process.join()
    print(process.exitcode)


def started(method: str) -> None:
    process = multiprocessing.get_context(method).Process(target=child, args=(0,))
    process.start()
    process.join()
    print(process.exitcode)


def wait() -> None:
    sys.stdout.write("waits\n")
    sys.stdout.flush()
    time.sleep(60)


def replaced() -> None:
    with suppress(FileNotFoundError):
        os.execv("/missing", ["missing"])
    # Looked for in each folder of PATH.
    os.execlp("echo", "echo", "another program")


def fail() -> None:
    with task("ingest"):
        raise ValueError


if __name__ == "__main__":
    steps.add()
    {
        "return": lambda: None,
        "exit": lambda: sys.exit(3),
        "raise": fail,
        "_exit": lambda: os._exit(4),
        "exec": replaced,
        "exec-with-environment": lambda: os.execve(
            sys.executable, [sys.executable, "-c", "print(8)"], dict(os.environ)
        ),
        "exec-of-spawn": lambda: print(os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", "exit(9)"])),
        "fork": forked,
        "fork-twice": forked_twice,
        "terminate": lambda: terminated("fork"),
        "spawn-of-_exit": lambda: named("spawn"),
        "fork-method": lambda: started("fork"),
        "spawn-method": lambda: started("spawn"),
        "forkserver-method": lambda: started("forkserver"),
        "wait": wait,
    }[sys.argv[1]]()
