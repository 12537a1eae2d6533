"""Figures as JSON lines, and the bars that make them."""

import json
import statistics
import sys

BARS = {}  # name -> (function, what it needs), in the order in which they are run


def bar(*names, needs=()):
    """Registers a function that measures these bars."""

    def register(function):
        for name in names:
            BARS[name] = (function, needs)
        return function

    return register


def spread(values):
    """The middle half of the values, as [lower, upper]."""
    ordered = sorted(values)
    return [round(ordered[len(ordered) // 4], 3), round(ordered[(len(ordered) * 3) // 4], 3)]


def part(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def middle(values):
    return statistics.median(values)


def line(**fields):
    print(json.dumps({key: value for key, value in fields.items() if value is not None}, ensure_ascii=False), flush=True)


def compare(name, what, unit, ours, peer, against, goal, pick=middle, **more):
    """A bar that is a ratio: ours divided by the peer's must be at most `goal`."""
    mine, theirs = pick(ours), pick(peer)
    ratio = mine / theirs if theirs else (0.0 if not mine else float("inf"))
    line(
        bar=name, what=what, unit=unit, ours=round(mine, 3), peer=round(theirs, 3), against=against,
        ratio=round(ratio, 3) if ratio != float("inf") else None, goal=round(goal, 3), goal_of="ratio",
        **{"pass": ratio <= goal}, spread={"ours": spread(ours), "peer": spread(peer)}, n=len(ours), **more)


def surpass(name, what, unit, ours, peer, against, goal, pick=middle, **more):
    """A bar that is a ratio where more is better: ours divided by the peer's must be at least `goal`."""
    mine, theirs = pick(ours), pick(peer)
    ratio = mine / theirs
    line(
        bar=name, what=what, unit=unit, ours=round(mine, 3), peer=round(theirs, 3), against=against,
        ratio=round(ratio, 3), goal=goal, goal_of="ratio, at least", **{"pass": ratio >= goal},
        spread={"ours": spread(ours), "peer": spread(peer)}, n=len(ours), **more)


def bound(name, what, unit, ours, goal, pick=middle, **more):
    """A bar that is a figure of ours alone, at most `goal`."""
    mine = pick(ours)
    line(
        bar=name, what=what, unit=unit, ours=round(mine, 3), goal=goal, goal_of="ours", **{"pass": mine <= goal},
        spread={"ours": spread(ours)}, n=len(ours), **more)


def say(*words):
    print(*words, file=sys.stderr, flush=True)
