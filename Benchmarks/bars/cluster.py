"""A PostgreSQL for a bar, which Bay and its peers use alike."""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import time

from bars.servers import WORK
from bars.terminal import cpu_seconds, processes


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
        self.start()
        return self

    def start(self):
        self.process = subprocess.Popen(
            [*self.as_user, self.folder + "/postgres", "-D", self.data, "-c", "listen_addresses=", "-c",
             f"unix_socket_directories={self.data}", "-c", "shared_buffers=128MB"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while self.psql("SELECT 1").returncode:
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # also with clients
        self.process.wait(30)

    def run_sql(self, text):
        done = self.psql(text)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def run(self, program, *words):
        done = subprocess.run([*self.as_user, f"{self.folder}/{program}", *words], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def psql(self, text):
        return subprocess.run(
            [self.folder + "/psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.connection], input=text,
            capture_output=True, text=True)

    def cpu(self):
        return sum(cpu_seconds(pid) for pid in processes(self.process.pid))

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
