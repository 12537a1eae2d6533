"""So many events a second, written where all events of Bay come from: the outbox in its PostgreSQL."""

import glob
import json
import os
import pwd
import subprocess
import threading
import time


class Storm:
    """Events of machines of a server with a private cluster, in batches, from a thread of its own."""

    def __init__(self, server, rate, every=0.05):
        self.rate, self.every, self.count = rate, every, 0
        self.machines = server.query(
            "{ machines(pagination: {take: 500, skip: 0}) { id name status department { id } } }")["machines"]
        sockets = glob.glob(os.path.join(server.state, "**", ".s.PGSQL.*"), recursive=True)
        sockets = [path for path in sockets if not path.endswith(".lock")]
        if not sockets:
            raise RuntimeError("no private PostgreSQL under " + server.state)
        self.folder = os.path.dirname(sockets[0])
        self.port = sockets[0].rsplit(".", 1)[1]
        self.owner = pwd.getpwuid(os.stat(sockets[0]).st_uid).pw_name
        self.over = threading.Event()

    def psql(self):
        command = ["psql", "-qAtX", "-h", self.folder, "-p", self.port]
        for user in (os.environ.get("BAY_BENCH_DBUSER"), "bay", "postgres", self.owner):
            for name in ("bay", "postgres"):
                words = command + ["-U", user or "", "-d", name]
                if user and not subprocess.run(
                        words + ["-c", "SELECT 1 FROM event LIMIT 1"], capture_output=True).returncode:
                    return words
        raise RuntimeError("cannot reach the private PostgreSQL in " + self.folder)

    def batch(self, size):
        events = []
        for _ in range(size):
            machine = self.machines[self.count % len(self.machines)]
            self.count += 1
            department = (machine.get("department") or {}).get("id")
            events.append({
                "resource": "machine", "action": "update", "resource_id": machine["id"],
                "resource_name": machine["name"], "actor": "bench", "message": "storm",
                "data": json.dumps({"id": machine["id"], "name": machine["name"], "status": machine["status"],
                                    "departmentId": department, "managed": True, "hasDomain": True})})
        text = json.dumps(events).replace("'", "''")
        return (
            "SELECT append_events(array_agg(resource), array_agg(action), array_agg(resource_id),"
            " array_agg(resource_name), array_agg(actor), array_agg(message), array_agg(data))"
            f" FROM json_to_recordset('{text}') AS e(resource text, action text, resource_id text,"
            " resource_name text, actor text, message text, data text);\n")

    def blow(self):
        begun = time.perf_counter()
        while not self.over.is_set():
            due = int((time.perf_counter() - begun + self.every) * self.rate) - self.count
            if due > 0:
                # A psql that falls behind fills its pipe and holds this back: `count` stays true.
                self.client.stdin.write(self.batch(min(due, self.rate)))
                self.client.stdin.flush()
            self.over.wait(self.every)

    def __enter__(self):
        self.client = subprocess.Popen(
            self.psql(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self.blow)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.client.stdin.close()
        self.client.wait(30)
