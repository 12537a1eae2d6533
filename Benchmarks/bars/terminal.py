"""Programs in a pseudo terminal: started, typed at, and what they write timed as it arrives."""

import fcntl
import os
import select
import signal
import struct
import termios
import time

from bars.screen import Screen

KEYS = {
    # Application mode: ncurses programs switch the keypad on, and some then ignore plain arrows.
    "down": b"\x1bOB",
    "up": b"\x1bOA",
    "page down": b"\x1b[6~",
    "page up": b"\x1b[5~",
    "plain down": b"\x1b[B",
    "plain up": b"\x1b[A",
}

# What a terminal answers to the questions that programs wait for.
ANSWERS = {
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[0c": b"\x1b[?62;22c",
    b"\x1b[>c": b"\x1b[>41;354;0c",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
}


def processes(pid):
    """A process and all that it started."""
    found = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                for child in children.read().split():
                    found += processes(int(child))
    except OSError:
        pass
    return found


def cpu_seconds(pid):
    """CPU time of one process, to the nanosecond where the kernel tells it."""
    try:
        return sum(
            int(open(f"/proc/{pid}/task/{task}/schedstat").read().split()[0])
            for task in os.listdir(f"/proc/{pid}/task")
        ) / 1e9
    except (OSError, ValueError, IndexError):
        pass
    try:
        words = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


def resident_mib(pid):
    try:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


class Program:
    """One program on a terminal of its own."""

    def __init__(self, command, width, height, environment):
        self.width, self.height = width, height
        self.begun = time.perf_counter()
        self.pid, self.terminal = os.forkpty()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
                os.execvpe(command[0], command, environment)
            finally:
                os._exit(127)
        self.screen = Screen(width, height)
        self.over = False

    def read(self, seconds):
        """What has arrived within so many seconds, answered where it asks; empty when nothing has."""
        if self.over or not select.select([self.terminal], [], [], max(0, seconds))[0]:
            return b""
        try:
            data = os.read(self.terminal, 1 << 18)
        except OSError:
            data = b""
        if not data:
            self.over = True
        for question, answer in ANSWERS.items():
            if question in data:
                self.type(answer)
        return data

    def type(self, data):
        os.write(self.terminal, data)

    def chunks(self, quiet, limit, least=1):
        """(time, bytes) until nothing came for `quiet` seconds after at least so many bytes, or until the limit."""
        found, total, end = [], 0, time.perf_counter() + limit
        while not self.over and time.perf_counter() < end:
            wait = quiet if total >= least else end - time.perf_counter()
            data = self.read(min(wait, end - time.perf_counter()))
            if data:
                found.append((time.perf_counter(), data))
                total += len(data)
            elif total >= least:
                break
        return found

    def settle(self, quiet=0.03, limit=2.0):
        """Takes in what the program still has to say, so that it is not counted for what comes next."""
        end = time.perf_counter() + limit
        while time.perf_counter() < end:
            data = self.read(quiet)
            if not data:
                return
            self.screen.feed(data)

    def paint(self, texts=(), quiet=0.12, least=500, limit=30.0):
        """Milliseconds from start until the picture stood still with one of these texts in it, and its bytes.

        The picture stands when `quiet` seconds pass after its last byte."""
        end = self.begun + limit
        last, total = None, 0
        while time.perf_counter() < end and not self.over:
            for moment, data in self.chunks(quiet, end - time.perf_counter(), max(1, least - total)):
                last, total = moment, total + len(data)
                self.screen.feed(data)
            shown = self.screen.text()
            if total >= least and (not texts or any(text in shown for text in texts)):
                return (last - self.begun) * 1e3, total
        raise TimeoutError("the program painted nothing of what was expected:\n" + self.screen.text())

    def key(self, data, quiet=0.025, first=0.5):
        """(milliseconds to the first byte, to the last before silence, bytes) after a key; None if nothing came."""
        self.settle()
        begun = time.perf_counter()
        self.type(data)
        heard = self.chunks(quiet, 3.0) if select.select([self.terminal], [], [], first)[0] else []
        for _, chunk in heard:
            self.screen.feed(chunk)
        if not heard:
            return None
        return (heard[0][0] - begun) * 1e3, (heard[-1][0] - begun) * 1e3, sum(len(chunk) for _, chunk in heard)

    def cpu(self):
        return sum(cpu_seconds(pid) for pid in processes(self.pid))

    def resident(self):
        return sum(resident_mib(pid) for pid in processes(self.pid))

    def wait_for(self, texts, limit=30.0):
        end = time.perf_counter() + limit
        while time.perf_counter() < end and not self.over:
            self.screen.feed(self.read(0.05))
            shown = self.screen.text()
            if any(text in shown for text in texts):
                return
        raise TimeoutError("not seen on screen: " + ", ".join(texts) + "\n" + self.screen.text())

    def close(self):
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, signal_number)
            except OSError:
                break
            end = time.perf_counter() + 2
            while time.perf_counter() < end:
                self.read(0.01)
                try:
                    if os.waitpid(self.pid, os.WNOHANG)[0]:
                        os.close(self.terminal)
                        return
                except ChildProcessError:
                    break
        os.close(self.terminal)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def drain(programs, seconds):
    """Lets all programs write for a while. (program, time, bytes) for all that came."""
    heard, end = [], time.perf_counter() + seconds
    by_terminal = {program.terminal: program for program in programs}
    while (left := end - time.perf_counter()) > 0:
        for terminal in select.select(list(by_terminal), [], [], min(left, 0.2))[0]:
            program = by_terminal[terminal]
            data = program.read(0)
            if data:
                heard.append((program, time.perf_counter(), data))
            elif program.over:
                by_terminal.pop(terminal)
    return heard
