"""News that nobody loses, at full size: a burst, everything of the catalogue, and a database that goes away."""

import json
import os
import selectors
import subprocess
import sys
import threading
import time

from bars.cluster import Cluster
from bars.report import bar, line, say
from bars.servers import ROOT, WORK, Server

PEERS = os.path.join(ROOT, "Tests", "SocketPeer")
sys.path.append(PEERS)

from listeners import Asker, LocalListener, SocketListener  # noqa: E402

PYTHON = os.path.join(ROOT, ".build", "python", "bin", "python")
EMAIL, PASSWORD = "bench@example.org", "correct horse battery"
NODE = """<node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>web</name>
<uuid>6695eb01-f6a4-8304-79aa-97f2502e1930</uuid><memory>1048576</memory><vcpu>2</vcpu><os><type>hvm</type></os>
<test:runstate>1</test:runstate></domain></node>"""


def account(server):
    server.query(
        'mutation { createUser(input: {email: "%s", firstName: "Bench", lastName: "B", role: SUPER_ADMIN, password: "%s", '
        'passwordConfirmation: "%s"}) { id } }' % (EMAIL, PASSWORD, PASSWORD))


def url(server):
    return "http://127.0.0.1:" + server.environment["PORT"]


def peer(name, *words):
    """Runs a program that speaks to bayd, and returns what it found."""
    done = subprocess.run(
        [PYTHON, "-B", os.path.join(PEERS, name), *map(str, words)], capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{name}: {(done.stdout + done.stderr)[-1000:]}")
    return done.stdout


@bar("E4")
def burst():
    """1,000 events at once for 500 Socket.io clients, 50 of which do not read, and 100 local subscribers."""
    with Server("--demo=10", BCRYPT_ROUNDS="4") as server:
        account(server)
        found = json.loads(peer(
            "load.py", url(server), server.socket, EMAIL, PASSWORD, 500, 50, 100, 1000, server.process.pid))
    grown = found["mib"]["peak"] - found["mib"]["clients"]
    line(
        bar="E4", what="memory that a burst of 1000 events takes, 450 + 100 listeners and 50 that do not read", unit="MiB",
        ours=round(grown, 1), goal=32, goal_of="ours", **{"pass": grown <= 32}, others=found)


@bar("E5")
def catalogue():
    """Every event of the catalogue, on either of two bayd: how long after the answer of its mutation, at most."""
    node = os.path.join(WORK, "peer.xml")
    with open(node, "w") as text:
        text.write(NODE)
    with Cluster() as cluster:
        settings = dict(
            DATABASE_URL=cluster.connection, LIBVIRT_URI="test://" + node, BCRYPT_ROUNDS="4",
            TOKENKEY="a key that both of these servers know")
        with Server(**settings) as first, Server(**settings) as second:
            account(first)
            words = peer("peer.py", url(first), url(second), EMAIL, PASSWORD).split()
    found = dict(word.split("=") for word in words[1:])
    late = float(found["max_ms"])
    line(
        bar="E5", what=f"the latest of {found['checked']} events of {found['kinds']} kinds for 4 tabs", unit="ms", ours=late,
        goal=200, goal_of="ours", **{"pass": late <= 200}, others={"p50_ms": float(found["p50_ms"])})


class Writer(threading.Thread):
    """Makes one department after the other until the first is refused."""

    def __init__(self, server, token, name):
        super().__init__(daemon=True)
        self.ask, self.label, self.made, self.refusal = Asker(url(server), token), name, set(), None
        self.start()

    def run(self):
        while self.refusal is None:
            name = f"{self.label}-{len(self.made)}"
            errors = self.ask.answer(
                "mutation($n: String!) { createDepartment(name: $n) { id } }", n=name).get("errors")
            if errors:
                self.refusal = errors[0]
            else:
                self.made.add(name)


def listen(selector, seconds, until=lambda: False):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not until():
        for key, _ in selector.select(min(left, 0.1)):
            key.data.read()
            if key.data.ended:
                raise RuntimeError(f"a {type(key.data).__name__} was thrown out")


@bar("E6")
def outage():
    """PostgreSQL away for 30 s with 150 listeners: how long after its return all is well, and what is lost."""
    seconds = float(os.environ.get("OUTAGE", "30"))
    with Cluster() as cluster, Server(
            DATABASE_URL=cluster.connection, LIBVIRT_URI="test:///default", BCRYPT_ROUNDS="4") as server:
        account(server)
        token = Asker(url(server)).sign_in(EMAIL, PASSWORD)
        selector = selectors.DefaultSelector()
        listeners = [SocketListener(url(server), token) for _ in range(100)] + [
            LocalListener(server.socket, resources={"department"}) for _ in range(50)]
        for listener in listeners:
            selector.register(listener.socket, selectors.EVENT_READ, listener)
        writers = [Writer(server, token, f"w{n}") for n in range(4)]
        listen(selector, 2)
        cluster.stop()
        for writer in writers:
            writer.join(60)
        ask = Asker(url(server), token)
        change = "mutation($n: String!) { createDepartment(name: $n) { id } }"
        began, refused, slowest = time.monotonic(), 0, 0.0
        while time.monotonic() - began < seconds:
            begun = time.monotonic()
            answer = ask.answer(change, n="refused")
            slowest = max(slowest, time.monotonic() - begun)
            refused += 1
            code = answer.get("errors", [{}])[0].get("extensions", {}).get("code")
            if code != "UNAVAILABLE":
                raise RuntimeError(f"answered while the database was away: {answer}")
            listen(selector, 0.2)
        cluster.start()
        back = time.monotonic()
        while ask.answer(change, n="afterwards").get("errors"):
            if time.monotonic() - back > 60:
                raise RuntimeError("bayd did not recover")
            time.sleep(0.02)
        recovered = time.monotonic() - back
        made = set().union(*(writer.made for writer in writers))
        stored = {one["name"] for one in server.query("{ departments { name } }")["departments"]}
        told = int(cluster.psql("SELECT count(*) FROM event WHERE resource = 'department'").stdout)
        listen(selector, 30, lambda: all(one.count >= told for one in listeners))
        wrong = [one for one in listeners if one.count != told or one.digest != listeners[0].digest or not one.is_ordered]
        codes = {writer.refusal.get("extensions", {}).get("code") for writer in writers}
        problem = (
            f"{len(made - stored)} acknowledged changes are lost" if made - stored
            else f"{len(wrong)} listeners heard other than {told} events" if wrong
            else f"{len(stored)} departments and {told} events" if len(stored) != told
            else f"refused with {codes}" if codes != {"UNAVAILABLE"} else None)
    say("   refused", refused, "times, at most", round(slowest, 3), "s each;", told, "events")
    line(
        bar="E6", what=f"from PostgreSQL's return after {seconds:.0f} s to the first change", unit="s", ours=round(recovered, 3),
        goal=2, goal_of="ours", **{"pass": recovered <= 2 and problem is None}, problem=problem,
        others={"slowest_refusal_s": round(slowest, 3), "acknowledged": len(made), "events": told})
