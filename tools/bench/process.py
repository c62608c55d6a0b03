"""Runs a program and says what it took."""

import os
import subprocess
import time


def run_process(command):
    """What it printed, its wall time in seconds, its peak memory in bytes. Raises
    CalledProcessError if it fails. Linux counts what this script held when it forked, so small
    programs all show the same memory."""
    start = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return output, seconds, usage.ru_maxrss * 1024
