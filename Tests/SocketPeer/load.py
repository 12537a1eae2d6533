"""Many listeners at once, by Socket.io and at the local socket, and some Socket.io clients that never read.

    load.py URL SOCKET EMAIL PASSWORD CLIENTS SILENT LOCAL EVENTS [PID]

Makes EVENTS changes as fast as the server takes them and looks at what each listener that reads has heard: every event, in
order, once. Says figures as JSON, with the memory of the server PID; ends with 1 where something is wrong.
"""
import json, re, resource, selectors, sys, threading, time

from listeners import Asker, LocalListener, SocketListener

URL, SOCKET, EMAIL, PASSWORD = sys.argv[1:5]
CLIENTS, SILENT, LOCAL, EVENTS = map(int, sys.argv[5:9])
PID = sys.argv[9] if len(sys.argv) > 9 else None
LIMIT = 300  # seconds; a busy host is no mistake
BOUND = 64  # MiB that a burst may take: what waits for those who do not read is shared with the others
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))


def memory():
    if not PID:
        return None
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{PID}/status").read()).group(1)) / 1024


before = memory()
token = Asker(URL).sign_in(EMAIL, PASSWORD)
begun = time.monotonic()
clients = [SocketListener(URL, token, buffer=4096 if n < SILENT else None) for n in range(CLIENTS)]
silent = clients[:SILENT]
reading = clients[SILENT:] + [LocalListener(SOCKET, resources={"department"}) for _ in range(LOCAL)]
connected = time.monotonic() - begun
with_clients = memory()
ask = Asker(URL, token)
departments = [ask("mutation($n: String!) { createDepartment(name: $n) { id } }", n=f"Load {n}")["createDepartment"]["id"]
               for n in range(8)]


def change(number):
    mine = Asker(URL, token)
    for turn in range(number, EVENTS, 8):
        mine("mutation($i: UpdateDepartmentNameInput!) { updateDepartmentName(input: $i) { id } }",
             i={"id": departments[number], "name": f"Load {number} {turn}"})


selector = selectors.DefaultSelector()
for client in reading:
    selector.register(client.socket, selectors.EVENT_READ, client)
begun = time.monotonic()
threads = [threading.Thread(target=change, args=(n,)) for n in range(8)]
for thread in threads:
    thread.start()
wanted = EVENTS + 8
behind = sum(client.count < wanted for client in reading)
peak = memory() or 0
while time.monotonic() - begun < LIMIT and behind:
    for key, _ in selector.select(1):
        client, had = key.data, key.data.count
        client.read()
        if client.ended:
            sys.exit("FAILED: a client that reads was cut off")
        behind -= had < wanted <= client.count
    peak = max(peak, memory() or 0)
took = time.monotonic() - begun
for thread in threads:
    thread.join()
for client in reading:
    if client.count != wanted or client.digest != reading[0].digest or not client.is_ordered:
        sys.exit(f"FAILED: a {type(client).__name__} heard {client.count} of {wanted} events, or in another order")
# What is left unread is still read to see the end of the connection.
cut = 0
for client in silent:
    while not client.ended and client.count < wanted and time.monotonic() - begun < took + 5:
        if not client.read() and not client.ended:
            time.sleep(0.001)
    cut += client.ended or client.count < wanted
if PID and peak > with_clients + BOUND:
    sys.exit(f"FAILED: the burst took {peak - with_clients:.0f} MiB")
print(json.dumps({
    "clients": CLIENTS, "silent": SILENT, "local": LOCAL, "events": EVENTS, "connect_s": round(connected, 2),
    "burst_s": round(took, 2), "messages_per_s": round(wanted * len(reading) / took), "silent_behind": cut,
    "mib": {"before": before, "clients": with_clients, "peak": peak, "after": memory()}}))
