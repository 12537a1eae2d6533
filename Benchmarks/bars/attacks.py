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


@bar("attacks")
def attacks(seconds=10):
    """Requests of somebody who is signed in, quiet and under each attack: 99 of 100, and what the attack got."""
    for name, function in attackers.KINDS.items():
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
            what = (function.__doc__ or name).splitlines()[0].rstrip(".")
            compare(
                "attacks", what, "ms", attacked, quiet, "the same without", 2, pick=ninety_ninth,
                failed=person.failed, memory_grew_mib=round(peak - before, 1), attack=running.found)
            if logins:
                line(bar="attacks", what="signing in meanwhile", unit="ms", ours=[round(took, 1) for _, took in logins],
                     refused=sum(token is None for token, _ in logins))
            if person.failed:
                say(f"   {person.failed} requests of somebody else failed")
