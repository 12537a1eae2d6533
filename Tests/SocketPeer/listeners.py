"""Listeners to the events of a bayd that cost so little that one process has hundreds of them, and somebody who asks it
things. Only the standard library is used."""
import base64, http.client, json, os, re, socket, urllib.parse


class Asker:
    """One kept connection for GraphQL over HTTP."""

    def __init__(self, url, token=None):
        place = urllib.parse.urlparse(url)
        self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=120)
        self.headers = {"Content-Type": "application/json"} | ({"Authorization": token} if token else {})

    def answer(self, query, **variables):
        self.connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}), self.headers)
        return json.loads(self.connection.getresponse().read())

    def __call__(self, query, **variables):
        answer = self.answer(query, **variables)
        if answer.get("errors"):
            raise RuntimeError(f"{query}: {answer['errors']}")
        return answer["data"]

    def sign_in(self, email, password):
        return self("mutation($e: String!, $p: String!) { login(email: $e, password: $p) { token } }",
                    e=email, p=password)["login"]["token"]


class Listener:
    """What one client has heard: how many events, and by `digest` which ones in which order."""

    def __init__(self, connection):
        self.socket, self.buffer = connection, b""
        self.count, self.last, self.digest, self.is_ordered, self.ended = 0, 0, 0, True, False

    def note(self, event):
        self.is_ordered = self.is_ordered and event > self.last
        self.count, self.last, self.digest = self.count + 1, event, hash((self.digest, event))

    def fill(self):
        """Takes what is there. False where that is nothing."""
        try:
            more = self.socket.recv(1 << 18)
        except BlockingIOError:
            return False
        except OSError:
            more = b""
        self.buffer += more
        self.ended = not more
        return bool(more)

    def until(self, word):
        while word not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                raise RuntimeError(f"refused with {self.buffer[-300:]}")
            self.buffer += more

    def close(self):
        self.socket.close()


class SocketListener(Listener):
    """A Socket.io client over WebSocket that hears what it is told by its own name."""

    ID = re.compile(rb'"id":"(\d+)"}\]$')

    def __init__(self, url, token, buffer=None):
        place = urllib.parse.urlparse(url)
        super().__init__(socket.create_connection((place.hostname, place.port), timeout=120))
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + base64.b64encode(os.urandom(16)) + b"\r\n\r\n")
        self.until(b'"maxPayload"')
        self.send(b'40{"token":"' + token.encode() + b'"}')
        self.until(b'"connected"')
        self.buffer = self.buffer[self.buffer.index(b"\r\n\r\n") + 4:]
        self.socket.setblocking(False)

    def send(self, text):
        head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else b"\x81\xfe" + len(text).to_bytes(2, "big")
        self.socket.sendall(head + b"\0\0\0\0" + text)

    def read(self):
        if not self.fill():
            return False
        at, buffer = 0, self.buffer
        while len(buffer) - at >= 2:
            length, head = buffer[at + 1], 2
            if length >= 126:
                head = 4 if length == 126 else 10
                if len(buffer) - at < head:
                    break
                length = int.from_bytes(buffer[at + 2:at + head], "big")
            if len(buffer) - at < head + length:
                break
            self.hear(buffer[at] & 15, buffer[at + head:at + head + length])
            at += head + length
        self.buffer = buffer[at:]
        return True

    def hear(self, kind, text):
        if kind == 8:
            self.ended = True
        elif text == b"2":
            self.send(b"3")
        elif text.startswith(b"42") and (match := self.ID.search(text)):
            self.note(int(match.group(1)))


class LocalListener(Listener):
    """A subscriber at the local socket.

    `resources` are the kinds of things whose events count; None: all."""

    EVENT = re.compile(rb'"events":\{"id":"(\d+)","resource":"(\w+)"\}')

    def __init__(self, path, after=None, resources=None):
        super().__init__(socket.socket(socket.AF_UNIX))
        self.resources = resources
        self.newest = after
        self.socket.settimeout(120)
        self.socket.connect(path)
        self.send({"type": "connection_init"})
        self.until(b"connection_ack")
        self.buffer = b""
        self.send({"type": "subscribe", "id": "1", "payload": {
            "query": "subscription($after: ID) { events(after: $after) { id resource } }",
            "variables": {"after": None if after is None else str(after)}}})
        # An answer proves that the subscription before it has begun.
        self.send({"type": "subscribe", "id": "2", "payload": {"query": "{ __typename }"}})
        self.until(b'"complete"')
        self.socket.setblocking(False)

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def read(self):
        if not self.fill():
            return False
        whole, line, self.buffer = self.buffer.rpartition(b"\n")
        for event, resource in self.EVENT.findall(whole):
            self.newest = int(event)
            if self.resources is None or resource.decode() in self.resources:
                self.note(self.newest)
        return True
