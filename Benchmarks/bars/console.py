"""The console on a terminal, beside htop, btop and a list in C on bare ncurses (bars C1, C3 to C8)."""

import subprocess
import sys
import time

from bars.fleet import node_file
from bars.report import bar, bound, compare, middle, part
from bars.servers import Server, compiled, environment
from bars.terminal import KEYS, Program, drain

SIZE = 200, 60


def floor(rows):
    return [compiled("nc_floor", "-lncursesw", "-ltinfo"), str(rows)], environment()


def htop():
    return ["htop"], environment()


def btop():
    return ["btop", "--utf-force"], environment()


def opened(program, size=SIZE):
    command, settings = program
    return Program(command, *size, settings)


def ninety_ninth(values):
    return part(values, 0.99)


@bar("C1", needs=["htop", "btop"])
def start(rounds=9):
    """From the start of the console until its list of 100 machines stands painted, the server running already."""
    painted = {"ours": [], "htop": [], "btop": [], "floor": []}
    with Server("--demo=100") as server:
        names = server.machine_names()
        for turn in range(rounds + 1):
            for name, program, texts in (
                ("ours", server.console(), names), ("htop", htop(), ()), ("btop", btop(), ()), ("floor", floor(100), ())
            ):
                with opened(program) as running:
                    took, _ = running.paint(texts)
                if turn:  # the first of each only fills the caches
                    painted[name].append(took)
    what = "start to list of 100 machines painted, 200x60"
    more = {"floor": round(middle(painted["floor"]), 3)}
    compare("C1", what, "ms", painted["ours"], painted["htop"], "htop", 1 / 3, **more)
    compare("C1", what, "ms", painted["ours"], painted["btop"], "btop", 1.0, **more)


def refreshes(heard, program):
    """(bytes, rows changed) of each refresh: what comes within 150 ms is one."""
    found, last, before = [], 0.0, []
    for of, moment, data in heard:
        if of is not program:
            continue
        if moment - last > 0.15:
            found.append((0, 0))
            before = program.screen.lines()
        program.screen.feed(data)
        rows = sum(old != new for old, new in zip(before, program.screen.lines()))
        found[-1] = (found[-1][0] + len(data), rows)
        last = moment
    return found


# Uses a little CPU ten times a second, so that htop has rows that change as machines' rows do.
RESTLESS = "import time\nwhile True:\n    end = time.thread_time() + 0.0008\n    while time.thread_time() < end: pass\n    time.sleep(0.1)"


@bar("C3", "C5", needs=["htop", "btop"])
def live(seconds=60, slices=6):
    """A live view left alone for a minute: all programs at once, since CPU time and bytes are counted for each."""
    with Server("--demo=100") as server:
        programs = {"ours": opened(server.console()), "htop": opened(htop()), "btop": opened(btop())}
        restless = []
        try:
            programs["ours"].wait_for(server.machine_names())
            for program, _, data in drain(programs.values(), 5):
                program.screen.feed(data)
            used = {name: [] for name in programs}
            for _ in range(slices):
                before = {name: program.cpu() for name, program in programs.items()}
                begun = time.perf_counter()
                heard = drain(programs.values(), seconds / slices)
                took = time.perf_counter() - begun
                for name, program in programs.items():
                    used[name].append((program.cpu() - before[name]) / took * 100)
                for program, _, data in heard:
                    program.screen.feed(data)
            restless = [subprocess.Popen([sys.executable, "-c", RESTLESS]) for _ in range(24)]
            for program, _, data in drain(programs.values(), 4):
                program.screen.feed(data)
            heard = drain(programs.values(), seconds / 2)
            seen = {name: refreshes(heard, program) for name, program in programs.items()}
        finally:
            for process in restless:
                process.kill()
                process.wait()
            for program in programs.values():
                program.close()
    what = "CPU of a live view of 100 machines at 1 Hz, 200x60"
    compare("C3", what, "%", used["ours"], used["htop"], "htop", 0.5)
    compare("C3", what, "%", used["ours"], used["btop"], "btop", 1.0)
    # Neither can be told to change exactly 20 rows, so both are counted for as many.
    twenty = {name: [count / rows * 20 for count, rows in found if rows >= 5] for name, found in seen.items()}
    if not twenty["ours"] or not twenty["htop"]:
        raise RuntimeError(f"no refresh changed five rows: {seen}")
    compare(
        "C5", "bytes a refresh in which 20 rows change, 200x60", "bytes", twenty["ours"], twenty["htop"], "htop", 0.5,
        raw={name: [middle(part_of) for part_of in zip(*seen[name])] for name in ("ours", "htop")})


@bar("C4")
def nothing_changes(seconds=60):
    """A console on a host where nothing happens writes nothing and sleeps."""
    with Server(LIBVIRT_URI="test://" + node_file(100)) as server:
        with opened(server.console()) as console:
            console.wait_for(server.machine_names())
            drain([console], 10)
            before, begun = console.cpu(), time.perf_counter()
            heard = drain([console], seconds)
            used = (console.cpu() - before) / (time.perf_counter() - begun) * 100
    bound("C4", "bytes in a minute in which nothing changes", "bytes", [sum(len(data) for _, _, data in heard)], 0)
    bound("C4", "CPU while nothing changes", "%", [used], 0.05)


def typed(programs, keys, count):
    """Types keys at several programs in turn. Per program: first byte, settled, bytes of each key."""
    found = {name: [] for name in programs}
    for turn in range(count):
        for name, program in programs.items():
            heard = program.key(keys[name][turn % len(keys[name])])
            if heard:
                found[name].append(heard)
    return found


@bar("C6", needs=["htop"])
def key(count=200):
    """From a key to the picture that stands, moving the mark up and down in a live list of 100 machines."""
    moves = [KEYS["down"], KEYS["up"]]
    plain = [KEYS["plain down"], KEYS["plain up"]]
    with Server("--demo=100") as server:
        programs = {"ours": opened(server.console()), "htop": opened(htop()), "floor": opened(floor(100))}
        try:
            programs["ours"].wait_for(server.machine_names())
            drain(programs.values(), 3)
            found = typed(programs, {"ours": moves, "htop": plain, "floor": moves}, count)
        finally:
            for program in programs.values():
                program.close()
    settled = {name: [heard[1] for heard in keys] for name, keys in found.items()}
    compare(
        "C6", "key to settled picture, 200x60", "ms", settled["ours"], settled["htop"], "htop", 1.0,
        floor=round(middle(settled["floor"]), 3), bytes_a_key=middle([heard[2] for heard in found["ours"]]))
    bound("C6", "key to settled picture, 99 of 100", "ms", settled["ours"], 16, pick=ninety_ninth)


@bar("C7")
def pages(count=200):
    """Paging through 10,000 machines."""
    turn = [KEYS["page down"]] * 20 + [KEYS["page up"]] * 20
    with Server("--demo=10000") as server:
        programs = {"ours": opened(server.console()), "floor": opened(floor(10000))}
        try:
            programs["ours"].wait_for(server.machine_names(), limit=60)
            drain(programs.values(), 5)
            found = typed(programs, {"ours": turn, "floor": turn}, count)
        finally:
            for program in programs.values():
                program.close()
    settled = {name: [heard[1] for heard in keys] for name, keys in found.items()}
    sent = {name: [heard[2] for heard in keys] for name, keys in found.items()}
    what = "a page of 10,000 machines, 99 of 100, 200x60"
    bound("C7", what, "ms", settled["ours"], 16, pick=ninety_ninth)
    compare("C7", what, "ms", settled["ours"], settled["floor"], "C on ncurses", 2.0, pick=ninety_ninth)
    compare("C7", "bytes a page", "bytes", sent["ours"], sent["floor"], "C on ncurses", 1.5)


@bar("C8")
def memory():
    """What the console keeps in memory."""
    with opened(floor(10000)) as least:
        least.paint()
        floor_mib = round(least.resident(), 1)
    for machines, goal in ((100, 20), (10000, 40)):
        with Server(f"--demo={machines}") as server, opened(server.console()) as console:
            console.wait_for(server.machine_names(), limit=60)
            drain([console], 15)
            bound("C8", f"memory of the console, {machines} machines", "MiB", [console.resident()], goal, floor=floor_mib)
