"""Our PostgreSQL layer beside bare libpq, on one cluster (bars P1 and P2)."""

import glob
import json
import os
import pwd
import shutil
import subprocess
import time

from bars.report import bar, compare, middle
from bars.servers import BENCH, WORK, Answering, compiled

TABLE = """
CREATE TABLE bench_figure (
    id bigint PRIMARY KEY, machine_id uuid NOT NULL, at timestamp(3) NOT NULL, cpu real NOT NULL,
    memory_total bigint NOT NULL, memory_used bigint NOT NULL, disk_read bigint NOT NULL, disk_written bigint NOT NULL,
    received bigint NOT NULL, sent bigint NOT NULL, uptime bigint NOT NULL);
INSERT INTO bench_figure
SELECT n, gen_random_uuid(), timestamp '2026-01-01' + n * interval '1 second', n % 100 + 0.5, 16777216, 8388608 + n,
       n * 1000, n * 300, n * 7000, n * 900, n * 60
  FROM generate_series(1, 20000) AS n;
ANALYZE bench_figure;
"""


class Cluster:
    """A PostgreSQL of our own on a Unix socket, gone afterwards. Never as root: PostgreSQL refuses that."""

    def __enter__(self):
        folders = glob.glob("/usr/lib/postgresql/*/bin")
        if not folders:
            raise RuntimeError("not installed: postgresql")
        self.folder = max(folders, key=lambda name: float(name.split("/")[4]))
        self.data = os.path.join(WORK, "cluster")
        os.makedirs(self.data, mode=0o700)
        self.as_user = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.data, user.pw_uid, user.pw_gid)
            self.as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups"]
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "bay", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.connection = f"host={self.data} user=bay dbname=postgres"
        self.process = subprocess.Popen(
            [*self.as_user, self.folder + "/postgres", "-D", self.data, "-c", "listen_addresses=", "-c",
             f"unix_socket_directories={self.data}", "-c", "shared_buffers=128MB"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while self.psql("SELECT 1").returncode:
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)
        made = self.psql(TABLE)
        if made.returncode:
            raise RuntimeError(made.stderr)
        return self

    def run(self, program, *words):
        done = subprocess.run([*self.as_user, f"{self.folder}/{program}", *words], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def psql(self, text):
        return subprocess.run(
            [self.folder + "/psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.connection], input=text,
            capture_output=True, text=True)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.data, ignore_errors=True)


@bar("P1", "P2", needs=["cc"])
def queries(draws=6, rounds=8):
    """Prepared statements one after the other: one row by its key, and 100 rows of 11 columns to typed values.

    Where the kernel puts a client and its backend, on one core or on two, decides as much as either program does, and
    stays so for the life of a connection. So both connect anew several times, and the middle of all rounds counts.
    """
    with Cluster() as cluster:
        include = subprocess.run(["pg_config", "--includedir"], capture_output=True, text=True).stdout.strip()
        floor = compiled("pq_floor", "-I" + include, "-lpq")
        for name, kind, count, goal, what in (
            ("P1", "one", 200, 1.3, "one row by its key, half of all"),
            ("P2", "hundred", 100, 1.5, "100 rows of 11 columns to typed values, half of all"),
        ):
            found = {"ours": [], "libpq": []}
            for _ in range(draws):
                with Answering(BENCH, "database", cluster.connection, kind, str(count)) as ours:
                    with Answering(floor, cluster.connection, kind, str(count)) as libpq:
                        for turn in range(rounds + 2):
                            for who, program in (("ours", ours), ("libpq", libpq)):
                                answer = json.loads(program.once())
                                if turn >= 2:  # everybody warms up
                                    found[who].append(answer)
            half = {who: [answer["p50"] for answer in answers] for who, answers in found.items()}
            compare(name, what, "ms", half["ours"], half["libpq"], "libpq in C", goal,
                    p99={who: middle([answer["p99"] for answer in answers]) for who, answers in found.items()})
