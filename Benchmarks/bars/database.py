"""Our PostgreSQL layer beside bare libpq, on one cluster (bars P1 and P2)."""

import json
import subprocess

from bars.cluster import Cluster
from bars.report import bar, compare, middle
from bars.servers import BENCH, Answering, compiled

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


@bar("P1", "P2", needs=["cc"])
def queries(draws=6, rounds=8):
    """Prepared statements one after the other: one row by its key, and 100 rows of 11 columns to typed values.

    Where the kernel puts a client and its backend, on one core or on two, decides as much as either program does, and
    stays so for the life of a connection. So both connect anew several times, and the middle of all rounds counts.
    """
    with Cluster() as cluster:
        cluster.run_sql(TABLE)
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
