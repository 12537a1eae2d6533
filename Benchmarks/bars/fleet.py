"""Machines to measure on: libvirt's test driver with a made host, and idle QEMU machines that never boot."""

import os
import subprocess
import uuid

from bars.servers import WORK

DOMAIN = """<domain type='test'{space}>{state}<name>desktop-{i:05d}</name><uuid>{uuid}</uuid>
<memory unit='MiB'>4096</memory><currentMemory unit='MiB'>2048</currentMemory><vcpu>{cpus}</vcpu>
<os><type arch='x86_64'>hvm</type></os><features><acpi/><apic/></features><devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/var/lib/bay/disks/{i:05d}.qcow2'/>
<target dev='vda' bus='virtio'/></disk><disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
<interface type='network'><mac address='52:54:00:{a:02x}:{b:02x}:{c:02x}'/><source network='default'/>
<model type='virtio'/></interface>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<graphics type='spice' autoport='yes'/><video><model type='qxl'/></video><memballoon model='virtio'/></devices></domain>"""

NODE = """<node>{domains}
<network><name>default</name><bridge name='virbr0'/><ip address='192.168.122.1' netmask='255.255.255.0'/></network>
<cpu><mhz>2000</mhz><model>i686</model><active>4</active><nodes>1</nodes><sockets>1</sockets><cores>4</cores>
<threads>1</threads></cpu><memory>134217728</memory></node>"""


def node_file(machines):
    """A host for test:// with so many machines, two thirds of them running."""
    path = os.path.join(WORK, f"node-{machines}.xml")
    if not os.path.exists(path):
        domains = [
            DOMAIN.format(
                i=i, uuid=uuid.uuid5(uuid.NAMESPACE_DNS, f"desktop-{i}"), cpus=2 + i % 6, a=i >> 16 & 255, b=i >> 8 & 255,
                c=i & 255, space=" xmlns:test='http://libvirt.org/schemas/domain/test/1.0'",
                state=f"<test:runstate>{1 if i % 3 else 5}</test:runstate>")
            for i in range(machines)
        ]
        with open(path, "w") as file:
            file.write(NODE.format(domains="\n".join(domains)))
    return path


IDLE = """<domain type='qemu'><name>{name}</name><memory unit='MiB'>16</memory><vcpu>2</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><devices>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{disk}'/><target dev='vda' bus='virtio'/></disk>
<interface type='ethernet'><model type='virtio'/></interface>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<memballoon model='virtio'/></devices></domain>"""


class IdleMachines:
    """So many QEMU machines on qemu:///system, started and paused, gone afterwards."""

    def __init__(self, count):
        self.names = [f"bay-bench-{i}" for i in range(1, count + 1)]

    def virsh(self, *words, **options):
        return subprocess.run(
            ["virsh", "-q", "-c", "qemu:///system", *words], capture_output=True, text=True, timeout=120, **options)

    def __enter__(self):
        self.__exit__()
        for name in self.names:
            disk = os.path.join(WORK, name + ".raw")
            with open(disk, "wb") as file:
                file.truncate(8 << 20)
            path = os.path.join(WORK, name + ".xml")
            with open(path, "w") as file:
                file.write(IDLE.format(name=name, disk=disk))
            self.virsh("create", path, "--paused", check=True)
        return self

    def __exit__(self, *_):
        there = self.virsh("list", "--all", "--name").stdout.split()
        for name in self.names:
            if name in there:
                self.virsh("destroy", name)
