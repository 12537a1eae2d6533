#!/usr/bin/env python3
"""Runs the shell examples of a guide that a comment marks, against a server, and compares what they answer.

Usage: guide.py GUIDE PORT
A marked block is a fenced one behind the line MARK. Each command of it is run by one bash, in which localhost:4000 is the
server at PORT. Lines behind a command that begin with "# " are what it answers; three dots stand for anything.
Exit status 0: all were as the guide says. What was not is told, and is status 1.
"""

import re
import subprocess
import sys

MARK = "<!-- examples that a test runs -->"

PRELUDE = """
curl() { command curl --max-time 60 --connect-to "localhost:4000:127.0.0.1:$PORT" "$@"; }
"""


def blocks(text):
    """The marked blocks, each as a list of lines."""
    found, lines = [], iter(text.splitlines())
    for line in lines:
        if line.strip() != MARK:
            continue
        line = next(lines)
        if not line.startswith("```sh"):
            raise SystemExit(f"behind \"{MARK}\" has to be a block of the shell's, and is: {line}")
        block = []
        for line in lines:
            if line.startswith("```"):
                break
            block.append(line)
        found.append(block)
    return found


def is_whole(command):
    """Whether the shell wants nothing more: no quote and no bracket is open."""
    if command.endswith("\\"):
        return False
    return subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True).returncode == 0


def steps(block):
    """Pairs of a command and the answer that the guide promises; None where it promises none."""
    found, command = [], []
    for line in block:
        if not command and line.startswith("# "):
            if not found:
                raise SystemExit(f"an answer without a command: {line}")
            answer = found[-1][1]
            found[-1] = (found[-1][0], line[2:] if answer is None else answer + "\n" + line[2:])
        elif line.strip() or command:
            command.append(line)
            if is_whole("\n".join(command)):
                found.append(("\n".join(command), None))
                command = []
    if command:
        raise SystemExit("a command that does not end:\n" + "\n".join(command))
    return found


def fits(promise, answer):
    pattern = ".*".join(re.escape(part) for part in promise.strip().split("..."))
    return re.fullmatch(pattern, answer.strip(), re.DOTALL) is not None


def run(commands, port):
    """What each of the commands wrote, and its status."""
    script = PRELUDE + "".join(f"{command}\nprintf '\\0%s\\0' $?\n" for command in commands)
    done = subprocess.run(
        ["bash"], input=script.encode(), capture_output=True, timeout=300, env={"PORT": port, "PATH": "/usr/bin:/bin"})
    parts = done.stdout.decode().split("\0")
    answers = list(zip(parts[0::2], parts[1::2]))
    if len(answers) != len(commands):
        raise SystemExit(f"the shell ended early: {done.stderr.decode()}")
    return answers


def main(guide, port):
    examples = [step for block in blocks(open(guide, encoding="utf-8").read()) for step in steps(block)]
    if not examples:
        raise SystemExit(f"{guide} has no examples to run")
    failed = 0
    for (command, promise), (answer, status) in zip(examples, run([command for command, _ in examples], port)):
        if status != "0" or (promise is not None and not fits(promise, answer)):
            failed += 1
            print(f"WRONG {command}\n  promised: {promise}\n  answered: {answer.strip()} (status {status})")
        else:
            print(f"ok {command.splitlines()[0]}")
    calls = sum("curl" in command for command, _ in examples)
    print(f"{calls} calls of curl, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
