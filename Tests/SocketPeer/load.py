"""Many Socket.io clients at once, some of which never read. Only the standard library is used.

    load.py URL EMAIL PASSWORD CLIENTS SILENT EVENTS [PID]

Makes EVENTS changes as fast as the server takes them and looks at what each client that reads has heard: every event, in
order, once. Says figures as JSON, with the memory of the server PID; ends with 1 where something is wrong.
"""
import base64, http.client, json, os, re, resource, selectors, socket, sys, threading, time, urllib.parse

URL, EMAIL, PASSWORD = sys.argv[1:4]
CLIENTS, SILENT, EVENTS = map(int, sys.argv[4:7])
PID = sys.argv[7] if len(sys.argv) > 7 else None
HOST, PORT = urllib.parse.urlparse(URL).hostname, urllib.parse.urlparse(URL).port
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))


def memory():
    if not PID:
        return None
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{PID}/status").read()).group(1)) / 1024


class Asker:
    """One kept connection for GraphQL."""

    def __init__(self, token=None):
        self.connection = http.client.HTTPConnection(HOST, PORT, timeout=120)
        self.headers = {"Content-Type": "application/json"} | ({"Authorization": token} if token else {})

    def __call__(self, query, **variables):
        self.connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}), self.headers)
        answer = json.loads(self.connection.getresponse().read())
        if answer.get("errors"):
            sys.exit(f"FAILED: {query}: {answer['errors']}")
        return answer["data"]


class Client:
    ID = re.compile(rb'"id":"(\d+)"}\]')

    def __init__(self, token, is_silent):
        self.socket = socket.create_connection((HOST, PORT), timeout=60)
        if is_silent:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + base64.b64encode(os.urandom(16)) + b"\r\n\r\n")
        self.buffer, self.ids, self.is_open, self.ended = b"", [], False, False
        self.until(b'"maxPayload"')
        self.send(b'40{"token":"' + token.encode() + b'"}')
        self.until(b'"connected"')
        self.buffer = b""
        self.socket.setblocking(False)

    def until(self, word):
        while word not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                sys.exit(f"FAILED: refused with {self.buffer[-300:]}")
            self.buffer += more

    def send(self, text):
        head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else b"\x81\xfe" + len(text).to_bytes(2, "big")
        self.socket.sendall(head + b"\0\0\0\0" + text)

    def read(self):
        try:
            more = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self.ended = True
            return
        self.buffer += more
        end = 0
        for match in self.ID.finditer(self.buffer):
            self.ids.append(int(match.group(1)))
            end = match.end()
        if end:
            self.buffer = self.buffer[end:]
        elif self.buffer == b"\x81\x012":
            self.send(b"3")
            self.buffer = b""


before = memory()
token = Asker()("mutation($e: String!, $p: String!) { login(email: $e, password: $p) { token } }",
                e=EMAIL, p=PASSWORD)["login"]["token"]
begun = time.monotonic()
clients = [Client(token, n < SILENT) for n in range(CLIENTS)]
connected = time.monotonic() - begun
with_clients = memory()
reading = clients[SILENT:]
ask = Asker(token)
departments = [ask("mutation($n: String!) { createDepartment(name: $n) { id } }", n=f"Load {n}")["createDepartment"]["id"]
               for n in range(8)]


def change(number):
    mine = Asker(token)
    for turn in range(number, EVENTS, 8):
        mine("mutation($i: UpdateDepartmentNameInput!) { updateDepartmentName(input: $i) { id } }",
             i={"id": departments[number], "name": f"Load {number} {turn}"})


selector = selectors.DefaultSelector()
for client in reading:
    selector.register(client.socket, selectors.EVENT_READ, client)
begun, processor = time.monotonic(), time.process_time()
threads = [threading.Thread(target=change, args=(n,)) for n in range(8)]
for thread in threads:
    thread.start()
wanted = EVENTS + 8
peak = memory() or 0
while time.monotonic() - begun < 300 and any(len(client.ids) < wanted for client in reading):
    for key, _ in selector.select(1):
        key.data.read()
        if key.data.ended:
            sys.exit("FAILED: a client that reads was cut off")
    peak = max(peak, memory() or 0)
took = time.monotonic() - begun
for thread in threads:
    thread.join()
expected = reading[0].ids
for client in reading:
    if len(client.ids) != wanted or client.ids != expected or sorted(set(client.ids)) != client.ids:
        sys.exit(f"FAILED: a client heard {len(client.ids)} of {wanted} events, or in another order")
# What is left unread is still read to see the end of the connection.
cut = 0
for client in clients[:SILENT]:
    while not client.ended and time.monotonic() - begun < took + 5:
        before_read = len(client.ids)
        client.read()
        if len(client.ids) == before_read:
            time.sleep(0.001)
    cut += client.ended or len(client.ids) < wanted
print(json.dumps({
    "clients": CLIENTS, "silent": SILENT, "events": EVENTS, "connect_s": round(connected, 2), "burst_s": round(took, 2),
    "messages_per_s": round(wanted * len(reading) / took), "silent_behind": cut,
    "mib": {"before": before, "clients": with_clients, "peak": peak, "after": memory()}}))
