"""A bayd for a bar, with a socket, a state directory and records of its own; and what a console needs to reach it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from bars.report import say
from bars.terminal import cpu_seconds, processes, resident_mib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILT = os.environ.get("BAY_BUILD", os.path.join(ROOT, ".build", "release"))
BAYD, BAY, BENCH = (os.path.join(BUILT, name) for name in ("bayd", "bay", "BayBench"))

WORK = tempfile.mkdtemp(prefix="bay-bench-")
os.chmod(WORK, 0o755)  # PostgreSQL's own user passes through


def environment(**more):
    """What programs under measurement are given: a capable terminal, and no settings of the person who measures."""
    home = os.path.join(WORK, "home")
    os.makedirs(home, exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "USER", "LOGNAME", "SHELL") if name in os.environ}
    return kept | dict(
        HOME=home, XDG_CONFIG_HOME=home + "/config", XDG_STATE_HOME=home + "/state", XDG_RUNTIME_DIR=home,
        TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8") | more


class Server:
    """bayd with these arguments, ready. `with Server("--demo=100") as server:`"""

    count = 0

    program = BAYD
    # What keeps its process group together, so that all of it can be ended.
    apart = {"start_new_session": True}

    def __init__(self, *arguments, config="", **settings):
        Server.count += 1
        self.state = os.path.join(WORK, f"state-{Server.count}")
        os.makedirs(self.state, mode=0o755)
        self.socket = os.path.join(self.state, "bay.sock")
        file = os.path.join(self.state, "bay.toml")
        with open(file, "w") as text:  # not the one of the person who measures
            text.write(config)
        settings.setdefault("PORT", str(4700 + Server.count))
        self.environment = environment(
            BAY_STATE_DIR=self.state, BAY_SOCKET=self.socket, BAY_CONFIG=file,
            BAY_GUEST_SOCKETS=self.state + "/guests", **settings)
        self.log = os.path.join(self.state, "bayd.out")
        say("   starting bayd serve", *arguments)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [BAYD, "serve", *arguments], env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, **self.apart)
        end = time.monotonic() + 120
        while not any(text.startswith("ready ") for text in open(self.log)):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("bayd did not become ready:\n" + open(self.log).read()[-2000:])
            time.sleep(0.02)
        # Ready is when the doors are open; a warm server is one that knows its machines too.
        while any(link["state"] != "up" for link in self.query("{ links { state } }")["links"]):
            if time.monotonic() > end:
                raise RuntimeError("bayd's links did not come up:\n" + open(self.log).read()[-2000:])
            time.sleep(0.02)

    def query(self, document):
        """The data of a query, over the local socket."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(self.socket)
            lines = connection.makefile("rw", encoding="utf-8", newline="\n")
            for message in (
                {"type": "connection_init"},
                {"type": "subscribe", "id": "1", "payload": {"query": document}},
            ):
                lines.write(json.dumps(message) + "\n")
            lines.flush()
            for text in lines:
                message = json.loads(text)
                if message["type"] == "next" and "errors" not in message["payload"]:
                    return message["payload"]["data"]
                if message["type"] in ("next", "error"):
                    raise RuntimeError("the server refused a query: " + text)
        raise RuntimeError("the server closed the connection")

    def machine_names(self, count=200):
        """Names of machines, for telling that a list of them is on the screen."""
        document = "{ machines(includeUnmanaged: true, pagination: {take: %d, skip: 0}) { name } }" % count
        end = time.monotonic() + 30
        while not (machines := self.query(document)["machines"]) and time.monotonic() < end:
            time.sleep(0.05)
        return [machine["name"] for machine in machines]

    def console(self):
        return [BAY], self.environment

    def resident(self):
        """bayd alone and with its PostgreSQL, in MiB."""
        alone = resident_mib(self.process.pid)
        return alone, sum(resident_mib(pid) for pid in processes(self.process.pid))

    def cpu(self):
        return cpu_seconds(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Answering:
    """A program that does its one thing each time a line comes, and answers with what that took."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment())
        self.command = " ".join(command)
        if self.line() != "ready":
            raise RuntimeError(self.command + " did not start")

    def line(self):
        text = self.process.stdout.readline().strip()
        if not text:
            raise RuntimeError(f"{self.command} ended with {self.process.wait(20)}")
        return text

    def once(self):
        self.process.stdin.write("\n")
        return self.line()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)


def compiled(name, *flags):
    """A floor in C, compiled on first use."""
    target = os.path.join(WORK, name)
    if not os.path.exists(target):
        source = os.path.join(ROOT, "Benchmarks", "floors", name + ".c")
        subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", source, "-o", target, *flags], check=True)
    return target


def clean_up():
    shutil.rmtree(WORK, ignore_errors=True)
