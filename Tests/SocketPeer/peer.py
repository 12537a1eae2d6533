"""Speaks to bayd as web front ends do: through python-socketio's client, over WebSocket alone and from polling.

Takes the address of a bayd, of another on the same database, and an administrator's email and password. Does each thing
of the catalogue once and looks at what each tab heard. Says what is wrong and ends with 1, else prints figures.
"""
import json, sys, threading, time, urllib.request

import socketio

URL, OTHER, EMAIL, PASSWORD = sys.argv[1:5]
LIMIT = 30  # seconds; a busy host is no mistake


def fail(message):
    print("FAILED:", message)
    sys.exit(1)


def ask(query, variables=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    with urllib.request.urlopen(urllib.request.Request(URL + "/graphql", body, headers), timeout=LIMIT) as answer:
        result = json.load(answer)
    if result.get("errors"):
        fail(f"{query}: {result['errors']}")
    return result["data"]


def login(email, password):
    query = "mutation($e: String!, $p: String!) { login(email: $e, password: $p) { token } }"
    return ask(query, {"e": email, "p": password})["login"]["token"]


class Tab:
    """One connection, with all that it heard and when."""

    def __init__(self, name, url, token, transports):
        self.name = name
        self.heard = []
        self.bell = threading.Condition()
        self.ended = threading.Event()
        self.client = socketio.Client(reconnection=False)
        self.client.on("*", self.hear)
        self.client.on("disconnect", lambda *_: self.ended.set())
        self.client.connect(url, auth={"token": token}, transports=transports, wait_timeout=LIMIT)
        self.welcome = self.wait(lambda event, _: event == "connected", "connected")[1]
        self.namespace = self.welcome["namespace"]

    def hear(self, event, *data):
        with self.bell:
            self.heard.append((event, data[0] if data else None, time.monotonic()))
            self.bell.notify_all()

    def wait(self, test, what):
        end = time.monotonic() + LIMIT
        with self.bell:
            while True:
                for entry in self.heard:
                    if test(entry[0], entry[1]):
                        return entry
                if not self.bell.wait(end - time.monotonic()) and time.monotonic() >= end:
                    fail(f"{self.name} did not hear {what}; heard {[e[0] for e in self.heard]}")

    def count(self, test):
        with self.bell:
            return sum(1 for entry in self.heard if test(entry[0], entry[1]))

    def own(self):
        """What was told by the user's own name: (name, id of the event)."""
        with self.bell:
            return [(e[0], e[1]["id"]) for e in self.heard if e[0].startswith(self.namespace + ":")]


def refused(token, transports):
    client = socketio.Client(reconnection=False)
    errors = []
    client.on("connect_error", errors.append)
    try:
        client.connect(URL, auth=token, transports=transports, wait_timeout=LIMIT)
        fail(f"connected with {token} over {transports}")
    except socketio.exceptions.ConnectionError:
        pass
    if not errors or errors[0].get("message") != "Unauthorized":
        fail(f"refused with {errors} instead of Unauthorized")


WEBSOCKET, FROM_POLLING, POLLING = ["websocket"], ["polling", "websocket"], ["polling"]
for transports in (WEBSOCKET, FROM_POLLING):
    refused(None, transports)
    refused({"token": "eyJhbGciOiJIUzI1NiJ9.e30.bad"}, transports)

token = login(EMAIL, PASSWORD)
tabs = [
    Tab("the tab over WebSocket", URL, token, WEBSOCKET), Tab("the tab from polling", URL, "Bearer " + token, FROM_POLLING),
    Tab("the polling tab", URL, token, POLLING), Tab("the tab of the other bayd", OTHER, token, FROM_POLLING),
]
me = ask("{ currentUser { id namespace email } }", token=token)["currentUser"]
for tab in tabs:
    if tab.namespace != me["namespace"] or tab.welcome["user"]["email"] != me["email"]:
        fail(f"{tab.name} was welcomed with {tab.welcome}")
if tabs[1].client.transport() != "websocket":
    fail("the tab from polling did not go on to a WebSocket")

latencies = []


def does(events, query, variables=None, **wanted):
    """Runs a mutation; each tab then hears each event, about the thing that `wanted` describes."""
    data = ask(query, variables, token)
    name, value = next(iter(data.items()))
    if isinstance(value, dict) and value.get("success") is False:
        fail(f"{name}: {value}")
    answered = time.monotonic()
    for event in events:

        def matches(heard, body):
            return heard == f"{me['namespace']}:{event}" and all((body["data"] or {}).get(k) == v for k, v in wanted.items())

        for tab in tabs:
            entry = tab.wait(matches, f"{event} {wanted}")
            latencies.append(max(0.0, entry[2] - answered))
            body = entry[1]
            if body["status"] != "success" or body["error"] is not None or not body["timestamp"].endswith("Z"):
                fail(f"{event} came as {body}")
            if event != "vms:update" and tab.count(matches) != 1:
                fail(f"{tab.name} heard {event} {tab.count(matches)} times")
    return value


# Departments, accounts, applications.
lab = does(["departments:create"], 'mutation { createDepartment(name: "Lab") { id } }', name="Lab")["id"]
does(["departments:update"], 'mutation($i: UpdateDepartmentNameInput!) { updateDepartmentName(input: $i) { id } }',
     {"i": {"id": lab, "name": "Office"}}, id=lab, name="Office")
shut = does(["departments:create"], 'mutation { createDepartment(name: "Shut") { id } }', name="Shut")["id"]
does(["departments:delete"], "mutation($i: String!) { destroyDepartment(id: $i) { id } }", {"i": shut}, id=shut, name="Shut")
bob = does(["users:create"], """mutation { createUser(input: {email: "bob@example.org", firstName: "Bob", lastName: "B",
    password: "battery staple", passwordConfirmation: "battery staple"}) { id } }""", email="bob@example.org")["id"]
does(["users:update"], 'mutation($i: String!) { updateUser(id: $i, input: {firstName: "Robert"}) { id } }',
     {"i": bob}, id=bob, firstName="Robert")
app = does(["applications:create"], """mutation { createApplication(input: {name: "Editor", os: ["ubuntu"],
    installCommand: {ubuntu: "apt install editor"}}) { id } }""", name="Editor")["id"]
does(["applications:update"], '''mutation($i: String!) { updateApplication(id: $i, input: {name: "Writer", os: ["ubuntu"],
     installCommand: {ubuntu: "apt install writer"}}) { id } }''',
     {"i": app}, id=app, name="Writer")
does(["applications:delete"], "mutation($i: String!) { deleteApplication(id: $i) }", {"i": app}, id=app, name="Writer")

# Machines.
domain = ask("{ machines(includeUnmanaged: true) { id } }", token=token)["machines"][0]["id"]
adopted = does(["vms:create"], "mutation($d: [ID!]!, $i: ID!) { adoptMachines(domains: $d, departmentId: $i) { machine { id } } }",
               {"d": [domain], "i": lab}, departmentId=lab)
vm = adopted[0]["machine"]["id"]
does(["vms:update"], "mutation($i: UpdateMachineNameInput!) { updateMachineName(input: $i) { id } }",
     {"i": {"id": vm, "name": "renamed"}}, id=vm, name="renamed")
does(["vms:update"], "mutation($i: UpdateMachineUserInput!) { updateMachineUser(input: $i) { id } }",
     {"i": {"id": vm, "userId": bob}}, id=vm, userId=bob)

bobs = login("bob@example.org", "battery staple")
tab = Tab("Bob's tab", URL, bobs, FROM_POLLING)
strange = Tab("Bob's other tab", OTHER, bobs, WEBSOCKET)
for room, allowed in ((f"vm:{vm}", True), (f"department:{lab}", True), ("vm:none", False), (f"user:{me['id']}", False)):
    reply = tab.client.call("join", {"room": room}, timeout=LIMIT)
    if reply["ok"] != allowed:
        fail(f"joining {room} was answered {reply}")

power = "mutation($i: String!) { %s(id: $i) { success message } }"
for field, events, status in (
    ("suspend", ["vms:suspend"], "suspended"), ("resume", ["vms:resume"], "running"), ("powerOff", ["vms:power_off"], "off"),
    ("powerOn", ["vms:power_on"], "running"),
):
    does(events, power % field, {"i": vm}, id=vm, status=status)
does(["vm:reset"], power % "resetMachine", {"i": vm}, machineId=vm, status="running")
does(["vm:restarted"], power % "restartMachine", {"i": vm}, machineId=vm, status="running")
does(["vm:forced:poweroff"], power % "forcePowerOff", {"i": vm}, machineId=vm, status="shutoff")
does(["vm:snapshot:created"], 'mutation($i: String!) { createSnapshot(input: {machineId: $i, name: "one"}) { success message } }',
     {"i": vm}, machineId=vm, snapshotName="one")
for field, event in (("restoreSnapshot", "vm:snapshot:restored"), ("deleteSnapshot", "vm:snapshot:deleted")):
    does([event], 'mutation($i: String!) { %s(input: {machineId: $i, snapshotName: "one"}) { success message } }' % field,
         {"i": vm}, machineId=vm, snapshotName="one")

# Bob hears of his machine by his own name and, raw, in the rooms: the event that is in two of them once.
for who in (tab, strange):
    for event in ("vms:suspend", "vms:power_on", "vm:snapshot:created"):
        who.wait(lambda heard, _: heard == f"{who.namespace}:{event}", event)
    if who.count(lambda heard, _: ":departments:" in heard or heard == f"{who.namespace}:vms:create"):
        fail(f"{who.name} heard of what is not Bob's")
tab.wait(lambda heard, body: heard == "vms:suspend" and body["id"] == vm, "vms:suspend in a room")
if tab.count(lambda heard, _: heard == "vms:suspend") != 1 or strange.count(lambda heard, _: heard == "vms:suspend"):
    fail("a room told more than it should")

# It is taken from him: he hears that it is gone, and is put out of the room.
does(["vms:update"], "mutation($i: UpdateMachineUserInput!) { updateMachineUser(input: $i) { id } }",
     {"i": {"id": vm, "userId": None}}, id=vm, userId=None)
tab.wait(lambda heard, body: heard == f"{tab.namespace}:vms:delete" and body["data"]["id"] == vm, "that the machine is gone")
tab.wait(lambda heard, body: heard == "left" and body["room"] == f"vm:{vm}", "that he left the room")

does(["vms:delete"], power % "destroyMachine", {"i": vm}, id=vm, action="deleted")

# A connection ends with the account, on both servers.
does(["users:delete"], "mutation($i: String!) { deleteUser(id: $i) { id } }", {"i": bob}, id=bob)
for who in (tab, strange):
    if not who.ended.wait(LIMIT):
        fail(f"{who.name} is still connected")
refused({"token": bobs}, WEBSOCKET)

# All tabs heard the same, each event once, in one order.
stats = ask("{ socketConnectionStats { totalConnections activeConnections connectedUsers userIds registeredManagers } }", token=token)
if stats["socketConnectionStats"]["connectedUsers"] != 1 or stats["socketConnectionStats"]["activeConnections"] != 3:
    fail(f"counted {stats}")
last = does(["departments:create"], 'mutation { createDepartment(name: "Last") { id } }', name="Last")["id"]
first = tabs[0].own()
ids = [int(id) for _, id in first]
if ids != sorted(ids) or len(set(first)) != len(first):
    fail("events came out of order or twice")
for tab in tabs[1:]:
    if tab.own() != first:
        fail(f"{tab.name} heard {len(tab.own())} events and the first {len(first)}")
text = json.dumps([[(e[0], e[1]) for e in tab.heard] for tab in tabs])
for secret in (PASSWORD, "battery staple", "$2b$", token, '"password"'):
    if secret in text:
        fail(f"a payload holds {secret}")
for tab in tabs:
    tab.client.disconnect()
latencies.sort()
print(f"ok events={len(first)} tabs={len(tabs)} checked={len(latencies)} "
      f"p50_ms={latencies[len(latencies) // 2] * 1000:.1f} max_ms={latencies[-1] * 1000:.1f}")
