"""What Bay asks of libvirt, beside what a script in Python asks for the same (bars L1 to L4).

libvirtd has to run. The QEMU machines are made here, never boot, and are gone afterwards."""

import subprocess
import threading
import time
import xml.etree.ElementTree as ElementTree

from bars.fleet import IdleMachines, node_file
from bars.report import bar, compare, line, middle, part, spread
from bars.servers import BENCH, Answering, Server
from bars.terminal import Program, cpu_seconds, drain

SYSTEM = "qemu:///system"


def library():
    import libvirt  # Debian's python3-libvirt; only these bars want it

    libvirt.registerErrorHandler(lambda *_: None, None)
    return libvirt


def timed(action):
    begun = time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1e3


def ignoring(libvirt, *calls):
    for call in calls:
        try:
            call()
        except libvirt.libvirtError:
            pass


def classic(libvirt, connection):
    """The loop that most scripts are: every machine asked for everything, one call after the other."""
    for domain in connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        domain.info(), domain.name(), domain.UUIDString()
        tree = ElementTree.fromstring(domain.XMLDesc(0))
        ignoring(libvirt, domain.memoryStats, lambda: domain.getCPUStats(True))
        for disk in tree.iterfind(".//disk/target"):
            ignoring(libvirt, lambda: domain.blockStatsFlags(disk.get("dev")))
        for card in tree.iterfind(".//interface/target"):
            ignoring(libvirt, lambda: domain.interfaceStats(card.get("dev")))


@bar("L1")
def inventory(rounds=15, loops=3):
    """All 1,000 machines of a host with their state, over libvirt's socket."""
    libvirt = library()
    uri = "test+unix://" + node_file(1000)
    connection = libvirt.open(uri)

    def bulk():
        connection.listAllDomains(0), connection.getAllDomainStats(0, 0)

    ours, peer, slow = [], [], []
    with Answering(BENCH, "inventory", uri) as inventory:
        inventory.once(), bulk()
        for turn in range(rounds):
            ours.append(float(inventory.once()))
            peer.append(timed(bulk))
            if turn < loops:
                slow.append(timed(lambda: classic(libvirt, connection)))
    what = "inventory of 1,000 machines over libvirt's socket"
    compare("L1", what, "ms", ours, peer, "one bulk call from Python", 1.5)
    compare("L1", what, "ms", ours, slow, "the loop over machines", 1 / 50)


@bar("L2")
def refresh(rounds=30):
    """Figures of 16 QEMU machines, five groups."""
    libvirt = library()
    groups = (libvirt.VIR_DOMAIN_STATS_STATE | libvirt.VIR_DOMAIN_STATS_CPU_TOTAL | libvirt.VIR_DOMAIN_STATS_BALLOON
              | libvirt.VIR_DOMAIN_STATS_INTERFACE | libvirt.VIR_DOMAIN_STATS_BLOCK)
    connection = libvirt.open(SYSTEM)
    with IdleMachines(16), Answering(BENCH, "refresh", SYSTEM) as refresh:
        def bulk():
            connection.getAllDomainStats(groups, 0)

        refresh.once(), bulk()
        ours, peer = [], []
        for _ in range(rounds):
            ours.append(float(refresh.once()))
            peer.append(timed(bulk))
    compare("L2", "figures of 16 QEMU machines, 5 groups", "ms", ours, peer, "one call from Python", 0.65)


def caused(names):
    """CPU seconds that libvirtd and these machines have used up to now."""
    daemons = subprocess.run(["pgrep", "-x", "libvirtd|virtqemud"], capture_output=True, text=True).stdout.split()
    machines = [open(f"/run/libvirt/qemu/{name}.pid").read() for name in names]
    return sum(cpu_seconds(int(pid)) for pid in daemons + machines)


@bar("L3")
def load(seconds=20, rounds=3):
    """CPU that a minute of our polling costs libvirtd and 16 QEMU machines, all on a console's screen."""
    libvirt = library()
    connection = libvirt.open(SYSTEM)
    ours, peer = [], []
    with IdleMachines(16) as machines:
        for _ in range(rounds):
            with Server(LIBVIRT_URI=SYSTEM) as server:
                command, settings = server.console()
                with Program(command, 200, 60, settings) as console:
                    console.wait_for(machines.names)
                    drain([console], 4)
                    before = caused(machines.names)
                    drain([console], seconds)
                    ours.append((caused(machines.names) - before) / seconds * 100)
            before, end = caused(machines.names), time.perf_counter() + seconds
            while (left := end - time.perf_counter()) > 0:
                took = timed(lambda: connection.getAllDomainStats(0, 0)) / 1e3
                time.sleep(max(0, min(1 - took, left)))
            peer.append((caused(machines.names) - before) / seconds * 100)
    compare("L3", "CPU of libvirtd and 16 machines while polled each second", "%", ours, peer,
            "polling all groups", 0.35)


@bar("L4")
def event(turns=20):
    """From a change of state to its word on the console, beside the event on a bare libvirt connection."""
    libvirt = library()
    libvirt.virEventRegisterDefaultImpl()
    threading.Thread(
        target=lambda: [libvirt.virEventRunDefaultImpl() for _ in iter(int, 1)], daemon=True).start()
    with IdleMachines(1) as machines, Server(LIBVIRT_URI=SYSTEM) as server:
        name = machines.names[0]
        listening, acting = libvirt.open(SYSTEM), libvirt.open(SYSTEM)
        arrived, moment = threading.Event(), [0.0]

        def heard(_connection, domain, *_):
            if domain.name() == name:
                moment[0] = time.perf_counter()
                arrived.set()

        listening.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, heard, None)
        machine = acting.lookupByName(name)
        command, settings = server.console()
        raw, shown = [], []
        with Program(command, 200, 60, settings) as console:
            console.wait_for([name])
            drain([console], 3)
            for turn in range(turns * 2):
                act, words = ((machine.resume, ("running",)), (machine.suspend, ("suspended", "paused")))[turn % 2]
                console.settle()
                arrived.clear()
                begun = time.perf_counter()
                worker = threading.Thread(target=act)
                worker.start()
                seen = None
                while seen is None and time.perf_counter() < begun + 5:
                    data = console.read(0.5)
                    now = time.perf_counter()
                    console.screen.feed(data)
                    if any(name in row and any(word in row for word in words) for row in console.screen.lines()):
                        seen = now
                worker.join()
                if seen is None or not arrived.wait(5):
                    raise RuntimeError(f"the console did not show {words[0]}:\n" + console.screen.text())
                raw.append((moment[0] - begun) * 1e3)
                shown.append((seen - begun) * 1e3)
    later = middle([mine - theirs for mine, theirs in zip(shown, raw)])
    line(bar="L4", what="change of state to its word on the console", unit="ms", ours=round(middle(shown), 3),
         peer=round(middle(raw), 3), against="event on a bare connection", difference=round(later, 3), goal=5,
         goal_of="difference", **{"pass": later <= 5}, spread={"ours": spread(shown), "peer": spread(raw)},
         p95=round(part(shown, 0.95), 3), n=len(shown))
