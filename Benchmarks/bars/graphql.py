"""The API over HTTP, beside graphql-js with express, and beside a server in C that sends bytes made beforehand (G1 to G6).

Bay has the rows in memory as long as nothing changes them, or is told to read them from PostgreSQL for each request
(bay-pg), and looks after tokens. The peer has them in its memory (node-mem) or reads them for each request (node-pg), and
asks for no token. All answer the same before and after they are measured. What is
counted as a server's CPU time is that of its own processes, and so without PostgreSQL's, which is told apart.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import time

from bars.cluster import Cluster
from bars.office import Office
from bars.report import bar, compare, middle, say, surpass
from bars.servers import BAYD, ROOT, WORK, compiled, environment
from bars.terminal import cpu_seconds, processes, resident_mib

PEER = os.path.join(ROOT, "Benchmarks", "peers", "graphql")
MODULES = os.path.join(ROOT, ".build", "node")
EMAIL, PASSWORD = "bench@example.org", "correct horse battery"


class Candidate:
    """A server under measurement."""

    def __init__(self, name, port, command, settings, path="/graphql", token=None):
        self.name, self.port, self.command, self.settings = name, port, command, settings
        self.path, self.token, self.process = path, token, None

    def post(self, body):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def start(self, body):
        """Starts the server and returns the milliseconds until it answered for the first time."""
        log = os.path.join(WORK, self.name + ".out")
        begun = time.perf_counter()
        with open(log, "w") as output:
            self.process = subprocess.Popen(
                self.command, env=self.settings, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        while self.process.poll() is None and time.perf_counter() - begun < 60:
            try:
                if self.post(body)[0] == 200:
                    return (time.perf_counter() - begun) * 1e3
            except OSError:
                time.sleep(0.002)
        self.stop()
        raise RuntimeError(f"{self.name} did not start:\n" + open(log).read()[-2000:])

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def cpu(self):
        return sum(cpu_seconds(pid) for pid in processes(self.process.pid))

    def resident(self):
        return sum(resident_mib(pid) for pid in processes(self.process.pid))


def bay(name, cluster, port, keeps_rows):
    """bayd on the cluster."""
    state = os.path.join(WORK, name)
    os.makedirs(state, mode=0o700)
    config = os.path.join(state, "bay.toml")
    with open(config, "w") as file:
        file.write(f"[database]\nrows_in_memory = {str(keeps_rows).lower()}\n")
    settings = environment(
        BAY_STATE_DIR=state, BAY_SOCKET=state + "/bay.sock", BAY_CONFIG=config, BAY_GUEST_SOCKETS=state + "/guests",
        DATABASE_URL=f"postgresql:///postgres?host={cluster.data}&user=bay", LIBVIRT_URI="test:///default",
        PORT=str(port))
    return Candidate(name, port, [BAYD, "serve"], settings)


def fill(cluster, office, settings):
    """The tables, the office's rows and an account."""
    for words, given in ((["migrate"], ""), (["user", "add", EMAIL, "--role", "SUPER_ADMIN"], PASSWORD + "\n")):
        done = subprocess.run([BAYD, *words], env=settings, input=given, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError("bayd " + " ".join(words) + ": " + done.stderr)
    cluster.run_sql(office.sql())


def sign_in(server):
    query = "mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { token } }"
    body = json.dumps(dict(query=query, variables=dict(email=EMAIL, password=PASSWORD))).encode()
    server.token = json.loads(server.post(body)[1])["data"]["login"]["token"]


def node(name, port, *words):
    found = [f"{MODULES}/usr/{folder}/nodejs" for folder in ("share", "lib")]
    return Candidate(
        name, port, ["node", PEER + "/server.js", *words, str(port)],
        environment(NODE_ENV="production", NODE_PATH=":".join(found)))


class Load:
    """wrk's requests to servers that take turns."""

    def __init__(self, office, cluster):
        self.office, self.cluster, self.bodies = office, cluster, {}
        for name in ("typename", "machines", "machine"):
            path = os.path.join(WORK, name + ".json")
            with open(path, "wb") as file:
                file.write(office.request(name))
            self.bodies[name] = path

    def check(self, server):
        for name in self.bodies:
            status, answer = server.post(self.office.request(name))
            if status != 200 or json.loads(answer) != self.office.answer(name):
                raise RuntimeError(f"{server.name} answers {name} otherwise: {answer[:300]}")

    def run(self, server, name, connections, seconds):
        """A run in which requests failed is no measurement; it is told of, and made again."""
        for _ in range(3):
            took, failed = self.run_once(server, name, connections, seconds)
            if not failed:
                return took
            say(f"   {server.name} failed {failed} requests for {name}")
        raise RuntimeError(f"{server.name} fails requests for {name}")

    def run_once(self, server, name, connections, seconds):
        url = f"http://127.0.0.1:{server.port}{server.path}"
        before = server.cpu(), self.cluster.cpu()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", PEER + "/post.lua", url, "--",
             self.bodies[name], *([server.token] if server.token else [])], capture_output=True, text=True)
        after = server.cpu(), self.cluster.cpu()
        found = re.search(r"RESULT (.*)", done.stdout)
        if not found:
            raise RuntimeError("wrk: " + done.stderr)
        answer = json.loads(found.group(1))
        own, database = (late - early for early, late in zip(before, after))
        took = dict(
            rate=answer["requests"] / answer["seconds"], p99=answer["p99"], per_cpu=answer["requests"] / own,
            per_cpu_with_database=answer["requests"] / (own + database))
        return took, answer["errors"]


CASES = [
    ("machines", 16, ("bay", "bay-pg", "node-mem", "node-pg")),
    ("machines", 64, ("bay", "node-mem", "floor")),
    ("typename", 16, ("bay", "node-mem")),
    ("machine", 16, ("bay", "node-mem")),
]


@bar("G1", "G2", "G3", "G4", "G5", "G6", needs=["cc", "node", "wrk"])
def api(rounds=5, seconds=2, starts=7):
    """Requests per CPU second, time of the slowest, start and memory, with 100 machines."""
    office = Office()
    with Cluster() as cluster:
        fleet = os.path.join(WORK, "fleet.json")
        with open(fleet, "w") as file:
            file.write(office.json())
        expected = os.path.join(WORK, "answer.json")
        with open(expected, "w") as file:
            json.dump(office.answer("machines"), file, separators=(",", ":"))
        servers = {server.name: server for server in (
            bay("bay", cluster, 4790, keeps_rows=True), bay("bay-pg", cluster, 4794, keeps_rows=False),
            node("node-mem", 4791, "memory", fleet), node("node-pg", 4792, "postgres", cluster.connection))}
        fill(cluster, office, servers["bay"].settings)
        floor = Candidate("floor", 4793, [compiled("http_floor"), "4793", expected], environment())
        load = Load(office, cluster)
        try:
            measure(servers | {"floor": floor}, load, rounds, seconds, starts)
        finally:
            for server in [*servers.values(), floor]:
                server.stop()


def measure(servers, load, rounds, seconds, starts):
    first = load.office.request("typename")
    begun = {name: [] for name in servers}
    for turn in range(starts):
        for name, server in servers.items():
            begun[name].append(server.start(first))
            if turn + 1 < starts:
                server.stop()
    ours = ("bay", "bay-pg")
    for name in ours:
        sign_in(servers[name])
    for name in (*ours, "node-mem", "node-pg"):
        load.check(servers[name])
    time.sleep(4)  # idle is what has nothing left to do
    idle = {name: servers[name].resident() for name in servers}
    found = {}
    for turn in range(-1, rounds):  # the first turn only warms up
        say("   round", turn + 1, "of", rounds)
        for name, connections, who in CASES:
            for server in who:
                took = load.run(servers[server], name, connections, seconds if turn >= 0 else 1)
                if turn >= 0:
                    for what, value in took.items():
                        found.setdefault((name, connections, server, what), []).append(value)
    loaded = {name: servers[name].resident() for name in servers}
    for name in (*ours, "node-mem", "node-pg"):
        load.check(servers[name])
    tell(found, begun, idle, loaded)


def tell(found, begun, idle, loaded):
    js, rows = "graphql-js and express, from memory", "graphql-js and express, node-pg"

    def ratio(name, connections, what, peer, own="bay"):
        return round(middle(found[name, connections, own, what]) / middle(found[name, connections, peer, what]), 3)

    def pair(name, connections, peer, what, own="bay"):
        return found[name, connections, own, what], found[name, connections, peer, what]

    listing = "100 machines, 40 KB, 16 connections"
    surpass(
        "G1", f"{listing}: requests per CPU second of the server, PostgreSQL not counted", "1/s",
        *pair("machines", 16, "node-mem", "per_cpu"), js, 10,
        ratio_with_postgresql=ratio("machines", 16, "per_cpu_with_database", "node-mem"),
        ratio_of_rates=ratio("machines", 16, "rate", "node-mem"))
    surpass(
        "G2", f"{listing}, rows read for each request: requests", "1/s", *pair("machines", 16, "node-pg", "rate", "bay-pg"),
        rows, 5, ratio_per_cpu=ratio("machines", 16, "per_cpu", "node-pg", "bay-pg"),
        ratio_per_cpu_with_postgresql=ratio("machines", 16, "per_cpu_with_database", "node-pg", "bay-pg"))
    for name, what in (("typename", "the least query"), ("machine", "one machine by its id")):
        surpass(
            "G3", f"{what}, 16 connections: requests per CPU second of the server, PostgreSQL not counted", "1/s",
            *pair(name, 16, "node-mem", "per_cpu"), js, 6,
            ratio_with_postgresql=ratio(name, 16, "per_cpu_with_database", "node-mem"),
            ratio_of_rates=ratio(name, 16, "rate", "node-mem"))
    slowest = "100 machines, 64 connections: slowest in a hundred"
    compare("G4", slowest, "ms", *pair("machines", 64, "node-mem", "p99"), js, 0.1)
    compare("G4", slowest, "ms", *pair("machines", 64, "floor", "p99"), "prebuilt bytes in C", 10)
    more = {"floor": round(middle(begun["floor"]), 3), "node_pg": round(middle(begun["node-pg"]), 3)}
    compare("G5", "start to first answer", "ms", begun["bay"], begun["node-mem"], js, 0.25, **more)
    for what, memory in (("idle", idle), ("after the load", loaded)):
        compare(
            "G6", f"resident memory, {what}", "MiB", [memory["bay"]], [memory["node-mem"]], js, 0.4,
            node_pg=round(memory["node-pg"], 3))
