#!/usr/bin/python3
"""Lets a bayd tell 100,000 events in 30 minutes to clients that come and go, and looks whether it grows.

Usage: soak.py [--minutes N] [--events N]

Prints a JSON line a minute, and a verdict: {"bar":"soak",...,"pass":true}. Flat is a bayd whose middle memory and files of
the last third are those of the second one. Those who stay the whole time have to hear every event once and in order.
Exit status: 0 measured, whatever the verdict; 1 not measured.
"""

import argparse
import os
import random
import resource
import selectors
import statistics
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "Tests", "SocketPeer")]

from bars.report import line, say  # noqa: E402
from bars.servers import Server, clean_up  # noqa: E402
from bars.terminal import processes, resident_mib  # noqa: E402
from listeners import Asker, LocalListener, SocketListener  # noqa: E402

EMAIL, PASSWORD = "soak@example.org", "correct horse battery"
STAYING, VISITING = 20, 30  # of each kind of door
WRITERS = 4
TOLD = {"department", "machine"}  # what the writers change
# What a third may have more than the one before it: the allocator's own ups and downs. A session of 4 KB that was never
# freed made it 1.023.
MEMORY_BAR, FILES_BAR = 1.02, 1.10


class Writers:
    """Make so many events a second, evenly, over HTTP: names of departments and of machines."""

    def __init__(self, url, token, events, seconds):
        self.url, self.token, self.events, self.seconds = url, token, events, seconds
        self.made, self.problem, self.begun = 0, None, time.monotonic()
        self.lock = threading.Lock()
        ask = Asker(url, token)
        self.departments = [one["id"] for one in ask("{ departments { id } }")["departments"]]
        self.machines = [one["id"] for one in ask("{ machines(pagination: {take: 100, skip: 0}) { id } }")["machines"]]
        self.threads = [threading.Thread(target=self.run, args=(n,), daemon=True) for n in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        try:
            ask, turns = Asker(self.url, self.token), 0
            while self.made < self.events:
                with self.lock:
                    self.made += 1
                    turn = self.made
                due = self.begun + turn * self.seconds / self.events
                time.sleep(max(0, due - time.monotonic()))
                things, what = (self.departments, "Department") if turn % 2 else (self.machines, "Machine")
                ask("mutation($i: Update%sNameInput!) { update%sName(input: $i) { id } }" % (what, what),
                    i={"id": things[turn // 2 % len(things)], "name": f"{what} {turn}"})
                turns += 1
                if turns % 500 == 0:  # people come with new connections
                    ask.connection.close()
        except Exception as problem:
            self.problem = problem

    @property
    def are_done(self):
        return not any(thread.is_alive() for thread in self.threads)


class Crowd:
    """Those who listen: some stay, some come for a while and leave politely or not, some come and never read."""

    def __init__(self, server, url, token):
        self.server, self.url, self.token = server, url, token
        self.selector = selectors.DefaultSelector()
        self.random = random.Random(7)
        self.staying = [self.socket() for _ in range(STAYING)] + [self.local() for _ in range(STAYING)]
        self.visitors, self.deaf = {}, []  # visitor -> when it leaves
        self.visits = 0

    def enter(self, listener):
        self.selector.register(listener.socket, selectors.EVENT_READ, listener)
        return listener

    def socket(self):
        return self.enter(SocketListener(self.url, self.token))

    def local(self, after=None):
        return self.enter(LocalListener(self.server.socket, after, resources=TOLD))

    def leave(self, listener):
        self.selector.unregister(listener.socket)
        if isinstance(listener, SocketListener) and not listener.ended and self.random.random() < 0.5:
            listener.socket.setblocking(True)
            listener.send(b"41")
        listener.close()

    def come_and_go(self, now):
        for visitor in [one for one, end in self.visitors.items() if end < now or one.ended]:
            self.leave(visitor)
            del self.visitors[visitor]
            # A local subscriber comes back now and then, and takes up where it left off.
            if isinstance(visitor, LocalListener) and visitor.newest and self.random.random() < 0.5:
                self.visitors[self.local(visitor.newest)] = now + self.random.uniform(1, 60)
                self.visits += 1
        if len(self.visitors) < 2 * VISITING:
            comes = self.socket if self.random.random() < 0.5 else self.local
            self.visitors[comes()] = now + self.random.uniform(1, 60)
            self.visits += 1
        # Who does not read is thrown out by the server; until then its queue is what it costs.
        for one in [one for one in self.deaf if one[1] < now]:
            one[0].close()
            self.deaf.remove(one)
        if len(self.deaf) < 5:
            self.deaf.append((SocketListener(self.url, self.token, buffer=4096), now + self.random.uniform(60, 180)))

    def listen(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self.selector.select(left):
                key.data.read()
                if key.data.ended and key.data not in self.visitors:
                    raise RuntimeError(f"a {type(key.data).__name__} that reads was cut off after {key.data.count} events")

    def problem(self):
        first = self.staying[0]
        for one in self.staying:
            if not one.is_ordered or (one.count, one.digest) != (first.count, first.digest):
                return f"a {type(one).__name__} heard {one.count} events, or in another order, and the first {first.count}"
        return None


def files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def soak(minutes, events):
    with Server("--demo=100", BCRYPT_ROUNDS="4") as server:
        url = "http://127.0.0.1:" + server.environment["PORT"]
        server.query(
            'mutation { createUser(input: {email: "%s", firstName: "Soak", lastName: "S", role: ADMIN, password: "%s", '
            'passwordConfirmation: "%s"}) { id } }' % (EMAIL, PASSWORD, PASSWORD))
        token = Asker(url).sign_in(EMAIL, PASSWORD)
        crowd = Crowd(server, url, token)
        seconds = minutes * 60
        writers = Writers(url, token, events, seconds)
        begun, samples, minute = time.monotonic(), [], 0
        pid = server.process.pid
        while not writers.are_done:
            now = time.monotonic() - begun
            if now > seconds * 2 + 60:
                raise RuntimeError(f"only {writers.made} events were made in {now:.0f} s")
            crowd.come_and_go(time.monotonic())
            crowd.listen(0.5)
            samples.append((now, resident_mib(pid), files(pid)))
            if now >= (minute + 1) * 60:
                minute += 1
                recent = [one for one in samples if one[0] >= now - 60]
                line(
                    minute=minute, events=writers.made, visits=crowd.visits,
                    rss_mib=round(statistics.median(one[1] for one in recent), 1),
                    rss_mib_most=round(max(one[1] for one in recent), 1),
                    files=statistics.median(one[2] for one in recent),
                    with_postgres_mib=round(sum(resident_mib(one) for one in processes(pid)), 1))
        if writers.problem:
            raise writers.problem
        end = time.monotonic() + 60
        while (min(one.count for one in crowd.staying) < events or crowd.problem()) and time.monotonic() < end:
            crowd.listen(0.5)
        judge(crowd, samples, events, time.monotonic() - begun)


def judge(crowd, samples, events, took):
    last = samples[-1][0]
    thirds = [[one for one in samples if last * n / 3 <= one[0] <= last * (n + 1) / 3] for n in range(3)]
    memory = [statistics.median(one[1] for one in third) for third in thirds]
    descriptors = [statistics.median(one[2] for one in third) for third in thirds]
    problem = crowd.problem() or (
        None if crowd.staying[0].count == events else f"{crowd.staying[0].count} of {events} events were heard")
    grows = memory[2] / memory[1] > MEMORY_BAR or descriptors[2] / descriptors[1] > FILES_BAR
    line(
        bar="soak", what=f"{events} events, {crowd.visits} visits", seconds=round(took),
        rss_mib=[round(one, 1) for one in memory], files=descriptors,
        rss_ratio=round(memory[2] / memory[1], 3), files_ratio=round(descriptors[2] / descriptors[1], 3),
        goal=[MEMORY_BAR, FILES_BAR], goal_of="last third by middle third", problem=problem,
        **{"pass": problem is None and not grows})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--events", type=int, default=100_000)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    try:
        soak(options.minutes, options.events)
    except Exception as problem:
        say("the soak could not be finished:", problem)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    finally:
        clean_up()
