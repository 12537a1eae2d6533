"""Follows the events of a bayd through three doors, and comes back to each as often as it closes, behind the last event
that it has heard.

    followers.py URL SOCKET EMAIL PASSWORD AFTER

Says each event that it hears as `local 7`, `graphql 7` or `socket.io 7`, and before that `local connected` and the like, each
time that it comes in. Goes on until somebody ends it.
"""
import json, socket, sys, threading, time

import socketio
from websockets.sync.client import connect

from listeners import Asker

URL, SOCKET, EMAIL, PASSWORD, AFTER = sys.argv[1:]
PAUSE = 0.05  # seconds before the next try at a door that is closed
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {
    "query": "subscription ($after: ID) { events(after: $after) { id } }", "variables": {}}}
lock = threading.Lock()


def say(*words):
    with lock:
        print(*words, flush=True)


def subscription(last):
    return json.dumps(SUBSCRIBE | {"payload": SUBSCRIBE["payload"] | {"variables": {"after": last}}})


def event(name, message):
    """The id of the event that a message tells of, if it does."""
    if message["type"] in ("error", "complete") or message.get("payload", {}).get("errors"):
        raise OSError(f"{name} was told {message}")
    return message["payload"]["data"]["events"]["id"] if message["type"] == "next" else None


def again(name, session):
    """Keeps a session going; it is given the last event, and yields those that it hears."""
    last = AFTER
    while True:
        try:
            for last in session(last):
                say(name, last)
        except Exception as problem:
            print(name, "lost:", repr(problem)[:200], file=sys.stderr, flush=True)
        time.sleep(PAUSE)


def local(last):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(SOCKET)
        lines = connection.makefile("rw", encoding="utf-8", newline="\n")
        lines.write('{"type":"connection_init"}\n' + subscription(last) + "\n")
        lines.flush()
        for line in lines:
            message = json.loads(line)
            if message["type"] == "connection_ack":
                say("local connected")
            elif found := event("local", message):
                yield found


def graphql(last):
    with connect(URL.replace("http", "ws") + "/graphql", subprotocols=["graphql-transport-ws"]) as door:
        door.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
        assert json.loads(door.recv())["type"] == "connection_ack"
        say("graphql connected")
        door.send(subscription(last))
        for text in door:
            if found := event("graphql", json.loads(text)):
                yield found


class Page:
    """What a page in a browser does: the library connects again by itself, and asks for what it shows each time."""

    def __init__(self):
        self.last = AFTER
        self.client = socketio.Client(reconnection_delay=PAUSE, reconnection_delay_max=4 * PAUSE)
        self.client.on("*", self.hear)
        # The library hands each message to a thread of its own, so that two of them can overtake each other. A page has one.
        hand_over = self.client.eio._trigger_event
        self.client.eio._trigger_event = lambda event, *data, **how: hand_over(
            event, *data, **(how | {"run_async": False} if event == "message" else how))
        self.client.connect(
            URL, auth=lambda: {"token": token, "lastEventId": self.last}, transports=["websocket"], wait_timeout=60)

    def hear(self, name, body=None):
        if name == "connected":
            say("socket.io", "connected" if body["resumed"] else "not resumed")
        elif name.startswith("user_"):
            self.last = body["id"]
            say("socket.io", self.last)


token = Asker(URL).sign_in(EMAIL, PASSWORD)
for name, session in (("local", local), ("graphql", graphql)):
    threading.Thread(target=again, args=(name, session), daemon=True).start()
Page().client.wait()
