"""How soon rules are where they filter (bars F1 to F3).

F1 and half of F2 want libvirtd; their machines are made here, never boot, and are gone afterwards."""

import json
import time

from bars.fleet import IdleMachines
from bars.hypervisor import SYSTEM, library, timed
from bars.report import bar, line, middle, part, spread
from bars.servers import Server


def silent(*arguments, **settings):
    """A server without HTTP, which nobody asks here."""
    return Server(*arguments, PORT="0", **settings)


def rule(port):
    return (f'{{name: "port {port}", action: ACCEPT, direction: IN, priority: 500, protocol: "tcp", '
            f'dstPortStart: {port}}}')


def change(kind, owner, *ports):
    """The mutation that leaves an owner these rules and no others."""
    rules = ", ".join(rule(port) for port in ports)
    return (f'mutation {{ changeFirewall(owner: {{type: {kind}, id: "{owner}"}}, '
            f"change: {{replaceAll: true, create: [{rules}]}}) {{ ruleSet {{ id }} }} }}")


def until(ask, what, limit=300, pause=0.02):
    end = time.monotonic() + limit
    while not (answer := ask()):
        if time.monotonic() > end:
            raise RuntimeError("not in time: " + what)
        time.sleep(pause)
    return answer


def adopted(server, names):
    """Takes machines into a department of their own. Returns the department and the machines."""
    department = server.query('mutation { createDepartment(name: "Bench") { id } }')["createDepartment"]["id"]

    def seen():
        there = server.query('{ machines(includeUnmanaged: true, after: "") { id name } }')["machines"]
        found = [machine["id"] for machine in there if machine["name"] in names]
        return len(found) == len(names) and found

    ids = json.dumps(until(seen, "bayd sees the machines"))
    answer = server.query(
        f'mutation {{ adoptMachines(domains: {ids}, departmentId: "{department}") {{ message machine {{ id }} }} }}')
    return department, [result["machine"]["id"] for result in answer["adoptMachines"]]


class OwnFilters:
    """Removes the filters that were made meanwhile, when their machines are gone."""

    def __init__(self, connection):
        self.connection = connection

    def names(self):
        return {found.name() for found in self.connection.listAllNWFilters() if found.name().startswith("ibay-vm-")}

    def __enter__(self):
        self.before = self.names()
        return self

    def __exit__(self, *_):
        for name in self.names() - self.before:
            self.connection.nwfilterLookupByName(name).undefine()


def states(server):
    """How many machines there are in each state of the firewall."""
    counts = {}
    for machine in server.query('{ machines(after: "") { firewall { state } } }')["machines"]:
        state = machine["firewall"]["state"]
        counts[state] = counts.get(state, 0) + 1
    return counts


def settled(server, count):
    return until(lambda: states(server).get("APPLIED") == count, "all rules are applied", pause=0.05)


@bar("F1")
def bites(turns=11):
    """From the mutation until libvirt holds the changed rule, beside libvirt alone that is given the same filter."""
    libvirt = library()
    connection = libvirt.open(SYSTEM)
    ours, alone = [], []
    with OwnFilters(connection):
        with IdleMachines(1) as machines, silent(LIBVIRT_URI=SYSTEM) as server:
            _, (machine,) = adopted(server, machines.names)
            server.query(change("VM", machine, 2000))
            settled(server, 1)
            kept = server.query(f'{{ getVMFirewallRules(vmId: "{machine}") {{ internalName }} }}')
            name = kept["getVMFirewallRules"]["internalName"]

            def held():
                return connection.nwfilterLookupByName(name).XMLDesc(0)

            for turn in range(turns):
                port = 2001 + turn
                begun = time.perf_counter()
                server.query(change("VM", machine, port))
                until(lambda: f"dstportstart='{port}'" in held(), "libvirt has the rule", pause=0.002)
                ours.append((time.perf_counter() - begun) * 1e3)
                settled(server, 1)
                # What is the same is no work for libvirt, so it is another port.
                other = held().replace(f"'{port}'", f"'{port + 1000}'")
                alone.append(timed(lambda: connection.nwfilterDefineXML(other)))
    later = [mine - theirs for mine, theirs in zip(ours, alone)]
    line(bar="F1", what="a changed rule to libvirt holding it, on a running machine", unit="ms",
         ours=round(middle(ours), 1), peer=round(middle(alone), 1), against="libvirt alone, the same filter",
         difference=round(middle(later), 1), goal=500, goal_of="difference", **{"pass": middle(later) <= 500},
         spread={"ours": spread(ours), "peer": spread(alone), "difference": spread(later)}, n=len(ours))


# What bayd asks of libvirt for a machine: the filter it has, each filter that comes first, the new one, its interfaces.
CALLS = 4


def applied_to_all(server, department, count, port):
    begun = time.perf_counter()
    server.query(change("DEPARTMENT", department, port))
    answered = time.perf_counter() - begun
    settled(server, count)
    return answered, time.perf_counter() - begun


def into_one(server, count):
    """Moves all machines of a demo into one department."""
    department = server.query('mutation { createDepartment(name: "Bench") { id } }')["createDepartment"]["id"]
    ids = [machine["id"] for machine in server.query('{ machines(after: "") { id } }')["machines"]]
    if len(ids) != count:
        raise RuntimeError(f"the demo has {len(ids)} machines")
    for start in range(0, count, 20):
        moves = " ".join(f'm{i}: moveMachine(departmentId: "{department}", id: "{id}") {{ id }}'
                         for i, id in enumerate(ids[start:start + 20]))
        server.query(f"mutation {{ {moves} }}")
    return department


@bar("F2")
def everyone(count=200, guests=8, turns=3):
    """One rule of a department that is to hold for 200 machines of the demo, and for QEMU machines of this host."""
    with silent(f"--demo={count}") as server:
        department = into_one(server, count)
        server.query(change("DEPARTMENT", department, 2000))
        settled(server, count)
        took = [applied_to_all(server, department, count, 2001 + turn) for turn in range(turns)]
    figures("demo's hypervisor", count, took)
    with OwnFilters(library().open(SYSTEM)):
        with IdleMachines(guests) as machines, silent(LIBVIRT_URI=SYSTEM) as server:
            department, _ = adopted(server, machines.names)
            server.query(change("DEPARTMENT", department, 2000))
            settled(server, guests)
            took = [applied_to_all(server, department, guests, 2001 + turn) for turn in range(turns)]
    figures("QEMU", guests, took)


def figures(where, count, took):
    whole = [time * 1e3 for _, time in took]
    line(bar="F2", what=f"a department's rule to all of its {count} machines, {where}", unit="ms",
         ours=round(middle(whole), 1), each=round(middle(whole) / count, 2), calls=CALLS * count,
         answered=round(middle([time * 1e3 for time, _ in took]), 1), spread={"ours": spread(whole)}, n=len(took))


@bar("F3")
def hurry(count=200, edits=100, seconds=60):
    """A hundred edits a minute of a department of 200 machines: how each is answered, and when all is applied."""
    took = []
    with silent(f"--demo={count}") as server:
        department = into_one(server, count)
        server.query(change("DEPARTMENT", department, 2000))
        settled(server, count)
        begun = time.perf_counter()
        for edit in range(edits):
            time.sleep(max(0, begun + edit * seconds / edits - time.perf_counter()))
            took.append(timed(lambda: server.query(change("DEPARTMENT", department, 2001 + edit))))
        last = time.perf_counter()
        settled(server, count)
        caught_up = (time.perf_counter() - last) * 1e3
    late = part(took, 0.99)
    line(bar="F3", what=f"{edits} edits in {seconds} s of a department of {count} machines, 99 of 100 answered within",
         unit="ms", ours=round(late, 1), half=round(middle(took), 1), goal=500, goal_of="ours", accepted=len(took),
         all_applied_after=round(caught_up, 1), **{"pass": late <= 500}, n=len(took))
