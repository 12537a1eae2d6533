"""Strangers at the HTTP port: what they do to the requests of somebody else who is signed in."""

import os
import subprocess

from bars import attackers
from bars.console import ninety_ninth
from bars.report import bar, compare, line, say
from bars.servers import Server
from bars.visitors import PASSWORD, Person, Running

CONFIG = '[http]\ntrusted_proxies = ["127.0.0.1"]\n'


def made_account(server, email):
    made = subprocess.run(
        [server.program, "user", "add", email, "--role", "ADMIN"], input=PASSWORD, text=True, capture_output=True,
        env=server.environment | {"BAY_STATE_DIR": os.path.join(server.state, "demo")})
    if made.returncode:
        raise RuntimeError("no account was made: " + made.stderr)


def measured(bar_name, name, seconds=10):
    """99 of 100 requests of somebody who is signed in, without and with the attack, and what the attack got."""
    with Server("--demo=100", config=CONFIG) as server:
        made_account(server, "ada@example.org")
        port = int(server.environment["PORT"])
        token, _ = Person(port, connections=1).sign_in()
        person = Person(port, token)
        person.work(2)
        quiet = person.work(seconds / 2)
        before = server.resident()[0]
        with Running(name, port) as running:
            attacked = person.work(seconds)
            peak = server.resident()[0]
            logins = [person.sign_in() for _ in range(5)] if name in ("logins", "guesses") else []
        quiet += person.work(seconds / 2)
    compare(
        bar_name, attackers.KINDS[name].__doc__.rstrip("."), "ms", attacked, quiet, "the same without", 2,
        pick=ninety_ninth, failed=person.failed, memory_grew_mib=round(peak - before, 1), attack=running.found)
    if logins:
        line(bar=bar_name, what="signing in meanwhile", unit="ms", ours=[round(took, 1) for _, took in logins],
             refused=sum(token is None for token, _ in logins))
    if person.failed:
        say(f"   {person.failed} requests of somebody else failed")


def register(name):
    bar_name = "attack-" + name.replace("_", "-")

    @bar(bar_name)
    def attack():
        measured(bar_name, name)

    attack.__doc__ = "Somebody who is signed in, beside: " + attackers.KINDS[name].__doc__


for each in attackers.KINDS:
    register(each)
