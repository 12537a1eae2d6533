import Core

extension DemoFleet {
    private static let testNamespace = "http://libvirt.org/schemas/domain/test/1.0"
    private static let osinfoNamespace = "http://libosinfo.org/xmlns/libvirt/domain/1.0"

    /// The whole fleet as a node of libvirt's test driver, to be opened as `test:///path`.
    ///
    /// Source: libvirt's `src/test/test_driver.c` and <https://libvirt.org/drvtest.html>; the run states are the numbers of
    /// `virDomainState`.
    package var nodeXML: String {
        let cores = max(8, machines.reduce(0) { $0 + $1.vcpus } / 6 / 2 * 2)
        let memoryKiB = max(32 << 20, machines.reduce(0) { $0 + $1.memoryMiB } * 1024 / 10 * 9)
        var out = "<node>"
        for machine in machines { out += Self.domain(machine).xml }
        out +=
            XMLElement(
                "network",
                children: [
                    XMLElement("name", text: "default"),
                    XMLElement("forward", ["mode": "nat"]),
                    XMLElement("bridge", ["name": "virbr0"]),
                    XMLElement("ip", ["address": "192.168.122.1", "netmask": "255.255.255.0"]),
                ]
            ).xml
        for (name, path) in [("default", "/var/lib/libvirt/images"), ("iso", "/var/lib/bay/iso")] {
            out +=
                XMLElement(
                    "pool", ["type": "dir"],
                    children: [
                        XMLElement("name", text: name),
                        XMLElement("target", children: [XMLElement("path", text: path)]),
                    ]
                ).xml
        }
        out += Self.cpu(cores: cores).xml
        out += XMLElement("memory", text: String(memoryKiB)).xml
        return out + "</node>\n"
    }

    private static func cpu(cores: Int) -> XMLElement {
        let values = [
            ("mhz", "2800"), ("model", "x86_64"), ("active", String(cores)), ("nodes", "1"), ("sockets", "2"),
            ("cores", String(cores / 2)), ("threads", "1"),
        ]
        return XMLElement("cpu", children: values.map { XMLElement($0.0, text: $0.1) })
    }

    private static func domain(_ machine: Machine) -> XMLElement {
        let runState =
            switch machine.state {
            case .running: "1"
            case .paused: "3"
            default: "5"
            }
        return XMLElement(
            "domain", ["type": "test", "xmlns:test": testNamespace],
            children: [
                XMLElement("test:runstate", text: runState),
                XMLElement("name", text: machine.name),
                XMLElement("uuid", text: machine.uuid),
                XMLElement("metadata", children: [osinfo(machine.os)]),
                XMLElement("memory", ["unit": "MiB"], text: String(machine.memoryMiB)),
                XMLElement("vcpu", text: String(machine.vcpus)),
                XMLElement("os", children: [XMLElement("type", ["arch": "x86_64"], text: "hvm")]),
                XMLElement("devices", children: [disk(machine), interface]),
            ])
    }

    private static func osinfo(_ os: DemoOS) -> XMLElement {
        XMLElement(
            "libosinfo:libosinfo", ["xmlns:libosinfo": osinfoNamespace],
            children: [XMLElement("libosinfo:os", ["id": os.osinfoID])])
    }

    private static func disk(_ machine: Machine) -> XMLElement {
        XMLElement(
            "disk", ["type": "file", "device": "disk"],
            children: [
                XMLElement("driver", ["name": "qemu", "type": "qcow2"]),
                XMLElement("source", ["file": "/var/lib/libvirt/images/\(machine.name).qcow2"]),
                XMLElement("target", ["dev": "vda", "bus": "virtio"]),
            ])
    }

    private static let interface = XMLElement(
        "interface", ["type": "network"],
        children: [XMLElement("source", ["network": "default"]), XMLElement("model", ["type": "virtio"])])
}
