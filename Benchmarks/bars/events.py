"""Events for many Socket.io clients: Bay beside python-socketio, and beside a C program that only writes."""

import json
import os
import socket
import subprocess
import time

from bars.report import bar, line, middle, say, spread
from bars.servers import BAYD, ROOT, Server, compiled, environment
from bars.terminal import cpu_seconds, resident_mib

PYTHON = os.path.join(ROOT, ".build", "python", "bin", "python")
CLIENTS = int(os.environ.get("EVENT_CLIENTS", "500"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = os.environ.get("SECS", "3")
RATE = 20
# Of few events the p99 is the slowest, which says more of the machine than of the server.
RATE_SECONDS = os.environ.get("RATE_SECS", "8")

# As much as Bay tells of a machine.
BODY = json.dumps(
    {"status": "success", "error": None, "timestamp": "2026-11-23T06:00:00.000Z", "data": {
        "id": "77a7cfd9-1e57-5252-92d9-0bcdebe7a3c9", "name": "%T%", "internalName": "desktop-00042", "status": "running",
        "os": "ubuntu", "cpuCores": 4, "ramGB": 8, "diskSizeGB": 80, "gpuPciAddress": None, "localIP": "10.12.0.44",
        "publicIP": None, "departmentId": "3b1f5c9e-74a4-59d5-9e83-f4e1ad0a0c55", "templateId": None, "userId": None,
        "createdAt": "2026-01-02T03:04:05.000Z", "managed": True, "hasDomain": True, "template": None, "user": None,
        "department": {"id": "3b1f5c9e-74a4-59d5-9e83-f4e1ad0a0c55", "name": "Support"}}}, separators=(",", ":"))


class Other:
    """A server that is not Bay, on a port of its own."""

    path, token = "/emit", "none"

    def __init__(self, port, *command):
        self.port, self.body = port, BODY
        self.process = subprocess.Popen(
            [*command, str(port)], env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(" ".join(command) + " did not start")
                time.sleep(0.02)
        time.sleep(0.3)
        self.pid = self.process.pid
        self.idle = resident_mib(self.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Bay(Server):
    """bayd with a made fleet and an account; an event is a machine that gets another name."""

    path = "/graphql"
    # In the session of the clients, as the other servers are: Linux shares a processor between sessions first.
    apart = {"process_group": 0}

    def __init__(self):
        super().__init__("--demo=100", BCRYPT_ROUNDS="4")
        self.port = int(self.environment["PORT"])
        self.pid = self.process.pid
        email, password = "bench@example.org", "correct horse battery"
        self.query(
            'mutation { createUser(input: {email: "%s", firstName: "Bench", lastName: "B", role: ADMIN, password: "%s", '
            'passwordConfirmation: "%s"}) { id } }' % (email, password, password))
        self.token = self.query('mutation { login(email: "%s", password: "%s") { token } }' % (email, password))["login"]["token"]
        machine = self.query("{ machines(pagination: {take: 1, skip: 0}) { id } }")["machines"][0]["id"]
        self.body = json.dumps({
            "query": "mutation($i: UpdateMachineNameInput!) { updateMachineName(input: $i) { id } }",
            "variables": {"i": {"id": machine, "name": "%T%"}}})
        time.sleep(1)
        self.idle = resident_mib(self.pid)


def measure(server, clients, mode, seconds):
    """One round: what the clients heard, and what it cost the server."""
    load = subprocess.Popen(
        [compiled("sio_load"), str(server.port), str(clients), mode, seconds, server.path, server.token, server.body],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    if load.stdout.readline().strip() != "ready":
        raise RuntimeError(f"{clients} clients did not get in")
    memory, begun = resident_mib(server.pid), cpu_seconds(server.pid)
    load.stdin.write("\n")
    text = load.stdout.readline()
    cost = cpu_seconds(server.pid) - begun
    load.stdin.close()
    if load.wait(30) != 0 or not text:
        raise RuntimeError(f"{mode} for {clients} clients broke off")
    figures = json.loads(text)
    if figures["messages"] != figures["events"] * clients:
        raise RuntimeError(f"{figures['events']} events made {figures['messages']} messages for {clients} clients")
    return figures | {"per_cpu": figures["messages"] / max(cost, 0.001), "memory": memory}


@bar("E1", "E2", "E3", needs=("cc",))
def events():
    """Events for 500 Socket.io clients: p99 at 20 a second, messages per CPU second of the server, and its memory."""
    if not os.path.exists(BAYD):
        raise RuntimeError("bayd is not built")
    kept = {}
    with Bay() as bay, Other(4801, PYTHON, os.path.join(ROOT, "Benchmarks", "floors", "sio_peer.py")) as peer, \
            Other(4802, compiled("sio_floor")) as floor:
        servers = {"bay": bay, "python-socketio": peer, "floor": floor}
        for turn in range(ROUNDS + 1):  # the first one warms up
            for mode, seconds in ((f"rate={RATE}", RATE_SECONDS), ("flight=16", SECONDS)):
                for name, server in servers.items():
                    figures = measure(server, CLIENTS, mode, "1" if turn == 0 else seconds)
                    say("  ", turn, mode, name, json.dumps(figures))
                    if turn > 0:
                        for key, value in figures.items():
                            kept.setdefault((name, mode.split("=")[0], key), []).append(value)
        idle = {name: round(server.idle, 1) for name, server in servers.items()}

    def compared(name, what, unit, mode, key, against, goal, is_less_better=True):
        ours, theirs = kept["bay", mode, key], kept[against, mode, key]
        ratio = middle(ours) / middle(theirs)
        others = {other: round(middle(kept[other, mode, key]), 3) for other in ("python-socketio", "floor") if other != against}
        line(
            bar=name, what=what, unit=unit, ours=round(middle(ours), 3), peer=round(middle(theirs), 3), against=against,
            ratio=round(ratio, 3), goal=goal, goal_of="ratio",
            **{"pass": ratio <= goal if is_less_better else ratio >= goal},
            spread={"ours": spread(ours), "peer": spread(theirs)}, n=len(ours), others=others)

    compared("E1", f"p99 of {RATE} events/s to {CLIENTS} clients", "ms", "rate", "p99_ms", "floor", 1.5)
    compared("E2", f"messages per CPU second of the server, {CLIENTS} clients, 16 in flight", "1/s", "flight", "per_cpu",
             "floor", 0.68, is_less_better=False)
    compared("E3", f"resident memory with {CLIENTS} clients", "MiB", "rate", "memory", "python-socketio", 0.5)
    say("   idle, MiB:", json.dumps(idle))
