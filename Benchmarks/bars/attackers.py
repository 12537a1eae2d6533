#!/usr/bin/env python3
"""What strangers do to an HTTP port. A program of its own, so that its work is not that of whoever measures.

Usage: attackers.py KIND PORT
Writes "ready" once the attack is on, goes on until its standard input ends, and then writes what became of it: a JSON object
with the number of answers by status and code. It runs at the lowest priority: attackers sit on other hosts, and have no
part in what this one can do.
"""

import collections
import json
import os
import resource
import select
import socket
import sys
import threading
import time

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


class Attack:
    def __init__(self, port):
        self.port = int(port)
        self.results = collections.Counter()
        self.lock = threading.Lock()
        self.over = threading.Event()

    def note(self, result, count=1):
        with self.lock:
            self.results[result] += count

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def answer(self, connection):
        """What was answered, as status and code: "400 GRAPHQL_PARSE_FAILED"."""
        reader = connection.makefile("rb")
        head = reader.readline().decode("latin-1")
        if not head:
            return "closed"
        length = 0
        while (line := reader.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = reader.read(length)
        try:
            code = json.loads(body)["errors"][0]["extensions"]["code"]
        except (ValueError, KeyError, TypeError, IndexError):
            code = ""
        return f"{head.split()[1]} {code}".strip()

    def request(self, body, *headers, length=None):
        lines = ["POST /graphql HTTP/1.1", "Host: bay", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(body) if length is None else length}", *headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def repeat(self, message, rate=None, count=4, fresh=False):
        """Sends the message over and over, on so many connections: each as soon as the last one was answered, or all
        together so many a second."""
        following = time.monotonic()

        def wait():
            nonlocal following
            with self.lock:
                at = following = max(following, time.monotonic() - 1) + (1 / rate if rate else 0)
            self.over.wait(max(0.0, at - time.monotonic()))

        def loop():
            connection = None
            while not self.over.is_set():
                if rate:
                    wait()
                try:
                    connection = connection or self.connect()
                    try:
                        connection.sendall(message() if callable(message) else message)
                    except OSError:
                        pass  # it was answered before it was sent; the answer is there to be read
                    result = self.answer(connection)
                except OSError:
                    result = "broken"
                self.note(result)
                if fresh or result.split()[0] not in ("200", "400"):
                    connection.close()
                    connection = None

        self.threads = [threading.Thread(target=loop, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def hold(self, count, first, more, pause=1.0):
        """So many connections that send the first bytes and then a few more now and then, for ever."""
        held = {}
        for _ in range(count):
            connection = self.connect()
            connection.sendall(first)
            connection.setblocking(False)
            held[connection.fileno()] = connection

        def look():
            """Takes out those that were answered or closed."""
            readable = select.poll()
            for number in held:
                readable.register(number, select.POLLIN)
            for number, _ in readable.poll(0):
                connection = held.pop(number)
                connection.setblocking(True)
                try:
                    self.note(self.answer(connection))
                except OSError:
                    self.note("closed")
                connection.close()

        def tick():
            while not self.over.wait(pause):
                for connection in list(held.values()):
                    try:
                        if more:
                            connection.send(more)
                    except OSError:
                        pass
                look()
            look()
            self.note("held to the end", len(held))

        self.threads = [threading.Thread(target=tick, daemon=True)]
        self.threads[0].start()


def query(text, variables=None):
    return json.dumps({"query": text, "variables": variables or {}}).encode()


@kind
def idle(attack):
    """5,000 connections on which nothing happens."""
    attack.hold(5000, b"", b"")


@kind
def slow_head(attack):
    """200 connections that send a head a few bytes at a time and never end it."""
    attack.hold(200, b"POST /graphql HTTP/1.1\r\nHost: bay\r\n", b"X-a: b\r\n")


@kind
def slow_body(attack):
    """200 connections that send a body a few bytes at a time and never end it."""
    attack.hold(200, attack.request(b"{", length=4_000_000), b" " * 16)


@kind
def endless_body(attack):
    """Bodies in pieces, without end, as fast as they are taken."""
    head = b"POST /graphql HTTP/1.1\r\nHost: bay\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    attack.repeat(head + piece * 400, fresh=True)


@kind
def long_body(attack):
    """Bodies of 20 MB, which say so."""
    attack.repeat(attack.request(b" " * 20_000_000), fresh=True)


@kind
def deep_query(attack):
    """Queries of 10,000 levels."""
    attack.repeat(attack.request(query("{ a " * 10_000 + "}" * 10_000)))


@kind
def alias_query(attack):
    """Queries with 100,000 aliases."""
    fields = " ".join(f"a{number}: links {{ link }}" for number in range(100_000))
    attack.repeat(attack.request(query("{ " + fields + " }")))


def wrong_passwords(attack, email):
    """10,000 a minute from 50 addresses that a proxy passes on; `email` is given a number and says whose."""
    count = 0

    def message():
        nonlocal count
        count += 1
        text = f'mutation {{ login(email: "{email(count)}", password: "wrong{count}") {{ token }} }}'
        return attack.request(query(text), f"X-Forwarded-For: 203.0.113.{count % 50}")

    # Those that are tried wait for their hash, so that many connections are needed for so many a minute.
    attack.repeat(message, rate=10_000 / 60, count=80)


@kind
def logins(attack):
    """10,000 wrong passwords a minute, for 500 accounts from 50 addresses that a proxy passes on."""
    wrong_passwords(attack, lambda number: f"user{number % 500}@example.org")


@kind
def guesses(attack):
    """10,000 wrong passwords a minute for one account, from 50 addresses that a proxy passes on."""
    wrong_passwords(attack, lambda _: "ada@example.org")


@kind
def bad_tokens(attack):
    """Requests with tokens that nobody signed."""
    token = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySWQiOiJ4IiwidXNlclJvbGUiOiJTVVBFUl9BRE1JTiIsImV4cCI6OTk5OTk5OTk5OX0.AAAA"
    attack.repeat(attack.request(query("{ machines { id } }"), f"Authorization: Bearer {token}"), rate=1000)


def main(name, port):
    os.nice(19)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    attack = Attack(port)
    begun = time.monotonic()
    KINDS[name](attack)
    print("ready", flush=True)
    sys.stdin.read()
    attack.over.set()
    for thread in attack.threads:
        thread.join(20)
    print(json.dumps({"seconds": round(time.monotonic() - begun, 1), "answers": attack.results}), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in KINDS:
        sys.exit("usage: attackers.py KIND PORT\nkinds: " + ", ".join(KINDS))
    main(*sys.argv[1:])
