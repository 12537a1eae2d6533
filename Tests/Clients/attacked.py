#!/usr/bin/env python3
"""Uses a server while strangers attack it, and says what became of both.

Usage: attacked.py KIND PORT EMAIL REQUESTS     the account's password is in PASSWORD
Exit status 0: each of so many requests was answered during the attack and after it. Writes what the attack got, as JSON.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Benchmarks"))

from bars.visitors import QUERY, Person, Running  # noqa: E402


def main(kind, port, email, requests):
    stranger = Person(int(port), connections=1)
    token, _ = stranger.sign_in(email, os.environ["PASSWORD"])
    if not token:
        raise SystemExit("nobody could sign in before the attack")
    person = Person(int(port), token)

    def work(when):
        for _ in range(int(requests)):
            answer, _ = person.ask(QUERY)
            if "errors" in answer:
                raise SystemExit(f"{when} somebody was answered {answer['errors']}")

    with Running(kind, port) as running:
        work("during the attack")
        # From an address that the account knows: strangers cannot keep its owner out.
        if not stranger.sign_in(email, os.environ["PASSWORD"])[0]:
            raise SystemExit("during the attack nobody could sign in")
    work("after the attack")
    print(running.output.strip())


if __name__ == "__main__":
    main(*sys.argv[1:])
