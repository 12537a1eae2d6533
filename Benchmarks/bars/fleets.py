"""Large fleets in the console: the first frame, keys, a filter, and a storm of events."""

import time

from bars.report import bar, bound, part
from bars.servers import Server
from bars.terminal import KEYS, drain
from bars.console import ninety_ninth, opened

WIDE = 200, 50


@bar("first-frame", "cursor")
def thousand(rounds=9, keys=100):
    """1,000 machines at 200x50: the first whole picture of a server that is warm, and what a step of the mark writes."""
    took, sent = [], []
    with Server("--demo=1000") as server:
        names = server.machine_names()
        for turn in range(rounds + 1):
            with opened(server.console(), WIDE) as console:
                painted, count = console.paint(names)
                if turn:
                    took.append(painted)
                    sent.append(count)
        with opened(server.console(), WIDE) as console:
            console.wait_for(names)
            drain([console], 3)
            heard = [console.key(KEYS["down"] if turn % 30 < 15 else KEYS["up"]) for turn in range(keys)]
    bound("first-frame", "first whole picture of 1,000 machines, 200x50", "ms", took, 80)
    bound("first-frame", "its bytes", "bytes", sent, 12_000)
    bound("cursor", "bytes of a cursor key", "bytes", [key[2] for key in heard if key], 400)


@bar("filter")
def filter_key(rounds=8):
    """Typing a filter over 5,000 machines: each letter narrows the list, each backspace widens it."""
    with Server("--demo=5000") as server:
        names = server.machine_names()
        word = names[len(names) // 2][:5]
        with opened(server.console(), WIDE) as console:
            console.wait_for(names, limit=60)
            drain([console], 3)
            console.key(b"/")
            heard = []
            for _ in range(rounds):
                heard += [console.key(letter.encode()) for letter in word]
                heard += [console.key(b"\x7f") for _ in word]
    settled = [key[1] for key in heard if key]
    bound("filter", "a key of a filter over 5,000 machines", "ms", settled, 16)
    bound("filter", "the same, 99 of 100", "ms", settled, 16, pick=ninety_ninth)


def last_event(server):
    return int(server.query("{ serverInfo { lastEventId } }")["serverInfo"]["lastEventId"])


def marks(console):
    """Where the screen shows the mark of a selected row."""
    return [(row, line.rfind("▶")) for row, line in enumerate(console.screen.lines()) if "▶" in line]


@bar("storm")
def storm(seconds=60, rate=1000):
    """10,000 machines and 1,000 events a second for a minute: how fast a key is answered, and memory."""
    moves = [KEYS["down"]] * 20 + [KEYS["up"]] * 20
    server = Server("--demo=10000", f"--demo-events={rate}")
    with server, opened(server.console(), WIDE) as console:
        console.wait_for(server.machine_names(), limit=60)
        for _, _, data in drain([console], 5):
            console.screen.feed(data)
        answered, memory, turn = [], [], 0
        first, begun = last_event(server), time.perf_counter()
        while (now := time.perf_counter()) - begun < seconds:
            # The list is never still here, so what answers a key is the picture in which the mark has moved.
            for _, _, data in drain([console], 0.2):
                console.screen.feed(data)
            before, sent = marks(console), time.perf_counter()
            console.type(moves[turn % len(moves)])
            turn += 1
            came = sent
            while marks(console) == before and time.perf_counter() < sent + 5:
                data = console.read(1)
                came = time.perf_counter()
                console.screen.feed(data)
            answered.append((came - sent) * 1e3)
            if len(memory) <= (now - begun) // 5:
                memory.append((console.resident(), *server.resident()))
        made = (last_event(server) - first) / (time.perf_counter() - begun)
    # The first two thirds fill rings, buffers and caches; from then on memory may not climb.
    early, late = memory[len(memory) * 2 // 3], memory[-1]
    bound("storm", "key to the mark moved at 1,000 events/s over 10,000 machines, 99 of 100", "ms", answered, 50,
          pick=ninety_ninth, events_a_second=round(made), half=round(part(answered, 0.5), 3))
    for at, who in enumerate(("the console", "bayd")):
        bound("storm", f"memory that {who} gained in the last third of the minute", "MiB",
              [max(0.0, late[at] - early[at])], 10, at_end=round(late[at], 1))
