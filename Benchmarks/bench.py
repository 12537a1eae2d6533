#!/usr/bin/python3
"""Measures Bay beside its peers. One JSON object a line: {"bar":"C1","ours":..,"peer":..,"ratio":..,"goal":..,"pass":true}

Usage: bench.py [--list] [BAR...]     for example: bench.py C1 C6

Only the standard library is used; the libvirt bars want Debian's python3-libvirt. `make bench` sets all of it up.
Exit status: 0 all bars were measured, 1 one or more could not be. A bar that misses its goal is a figure, no error.
"""

import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from bars import (  # noqa: E402,F401  (they register their bars)
    attacks, console, database, events, firewall, fleets, graphql, hypervisor, news)
from bars.report import BARS, line, say  # noqa: E402
from bars.servers import clean_up  # noqa: E402


def main():
    wanted = sys.argv[1:]
    if "--list" in wanted:
        for name, (function, _) in BARS.items():
            print(f"{name:12} {(function.__doc__ or '').splitlines()[0]}")
        return 0
    unknown = [name for name in wanted if name not in BARS]
    if unknown:
        say("no such bar:", *unknown)
        return 2
    failed, done = 0, set()
    for name, (function, needs) in BARS.items():
        if (wanted and name not in wanted) or function in done:
            continue
        done.add(function)  # a function may measure several bars at once
        say("--", name, "-", (function.__doc__ or "").splitlines()[0])
        missing = [program for program in needs if shutil.which(program) is None]
        try:
            if missing:
                raise RuntimeError("not installed: " + ", ".join(missing))
            function()
        except Exception as problem:  # one bar that cannot be measured does not take the others with it
            failed += 1
            line(bar=name, error=str(problem), **{"pass": False})
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        clean_up()
