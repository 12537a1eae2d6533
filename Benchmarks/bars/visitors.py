"""Somebody who is signed in and uses the server over HTTP, and strangers who do other things to it."""

import http.client
import json
import subprocess
import sys
import time

from bars import attackers

QUERY = "{ machines(pagination: {take: 20, skip: 0}) { id name status } }"
PASSWORD = "correct horse"


class Person:
    """Somebody who uses the server and waits for each answer."""

    def __init__(self, port, token=None, connections=8):
        self.headers = {"Content-Type": "application/json", "X-Forwarded-For": "198.51.100.7"}
        self.connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(connections)]
        self.turn = 0
        self.failed = 0
        if token:
            self.headers["Authorization"] = "Bearer " + token

    def ask(self, text, variables=None):
        """The answer's data, and how many milliseconds it took."""
        self.turn += 1
        connection = self.connections[self.turn % len(self.connections)]
        body = json.dumps({"query": text, "variables": variables or {}})
        begun = time.perf_counter()
        for tries_again in (connection.sock is not None, False):
            try:
                connection.request("POST", "/graphql", body, self.headers)
                answer = json.loads(connection.getresponse().read())
                break
            except (OSError, http.client.HTTPException) as problem:
                connection.close()  # the next request opens it again
                # A server may end a connection on which nothing happens: every client then takes a new one.
                if not tries_again:
                    self.failed += 1
                    words = str(problem) or type(problem).__name__
                    return {"errors": [words]}, (time.perf_counter() - begun) * 1e3
        took = (time.perf_counter() - begun) * 1e3
        if "errors" in answer:
            self.failed += 1
        return answer, took

    def sign_in(self, email=None, password=PASSWORD):
        answer, took = self.ask(
            "mutation ($e: String!, $p: String!) { login(email: $e, password: $p) { token } }",
            {"e": email or "ada@example.org", "p": password})
        if "errors" in answer:
            return None, took
        return answer["data"]["login"]["token"], took

    def work(self, seconds, rate=100):
        """Asks so often a second, and returns what each answer took."""
        took, end = [], time.perf_counter() + seconds
        following = time.perf_counter()
        while time.perf_counter() < end:
            took.append(self.ask(QUERY)[1])
            following = max(following + 1 / rate, time.perf_counter() - 0.1)
            time.sleep(max(0.0, following - time.perf_counter()))
        return took


class Running:
    """An attack that goes on for as long as the block does; `found` says afterwards what became of it."""

    def __init__(self, name, port):
        self.process = subprocess.Popen(
            [sys.executable, attackers.__file__, name, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the attack {name} did not begin")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.output, _ = self.process.communicate()
        self.found = json.loads(self.output)
