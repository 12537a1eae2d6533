package import Core
package import JSON

/// What `bay ls` can list.
package enum Listings {
    package static func machines(_ fleet: inout Fleet, filter: String) -> Listing {
        var listing = Listing(
            [
                .init("NAME"), .init("STATE"), .init("DEPARTMENT"), .init("CPU%", .right), .init("WAIT", .right),
                .init("MEM", .right), .init("NET", .right), .init("DISK", .right), .init("VCPU", .right), .init("OS"),
                .init("IP"), .init("ID"),
            ],
            names: [
                "id", "name", "domain", "status", "managed", "hasDomain", "department", "os", "cpuCores", "ramGB",
                "diskSizeGB", "localIP", "cpuPercent", "vcpuWaitPercent", "memoryUsedMiB", "memoryTotalMiB",
                "networkBytes", "diskBytes",
            ])
        let filter = MachineFilter(filter)
        for place in fleet.places(in: .all, matching: filter, by: .name, descending: false) {
            let entry = fleet.entries[place]
            let machine = entry.machine
            let figures = entry.sample?.figures
            let memory = figures?.memoryUsedMiB.map {
                Format.mebibytes($0) + (figures?.memoryTotalMiB.map { "/" + Format.mebibytes($0) } ?? "")
            }
            listing.rows.append(
                .init(
                    [
                        machine.name, machine.stateWord, fleet.scopeName(machine), Format.percent(figures?.cpuPercent),
                        Format.percent(figures?.vcpuWaitPercent), memory ?? Format.missing,
                        Format.rate(figures?.networkTotal), Format.rate(figures?.diskTotal),
                        machine.cpuCores == 0 ? Format.missing : String(machine.cpuCores), machine.os,
                        machine.localIP ?? Format.missing, machine.id.rawValue,
                    ], value(entry, fleet)))
        }
        return listing
    }

    private static func value(_ entry: Fleet.Entry, _ fleet: Fleet) -> JSONObject {
        let machine = entry.machine
        let figures = entry.sample?.figures
        func number(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }
        return [
            "id": .string(machine.id.rawValue), "name": .string(machine.name),
            "domain": .string(machine.internalName), "status": .string(machine.status.rawValue),
            "managed": .bool(machine.isManaged), "hasDomain": machine.hasDomain.map { .bool($0) } ?? .null,
            "department": machine.departmentID == nil ? .null : .string(fleet.departmentName(machine.departmentID)),
            "os": .string(machine.os), "cpuCores": .int(machine.cpuCores), "ramGB": .int(machine.ramGB),
            "diskSizeGB": .int(machine.diskSizeGB), "localIP": machine.localIP.map { .string($0) } ?? .null,
            "cpuPercent": number(figures?.cpuPercent), "vcpuWaitPercent": number(figures?.vcpuWaitPercent),
            "memoryUsedMiB": number(figures?.memoryUsedMiB), "memoryTotalMiB": number(figures?.memoryTotalMiB),
            "networkBytes": number(figures?.networkTotal), "diskBytes": number(figures?.diskTotal),
        ]
    }

    package static func departments(_ rows: [DepartmentRow]) -> Listing {
        var listing = Listing(
            [
                .init("NAME"), .init("MACHINES", .right), .init("RUNNING", .right), .init("SUSPENDED", .right),
                .init("OFF", .right), .init("OTHER", .right), .init("ID"),
            ], names: ["id", "name", "total", "running", "suspended", "off", "other"])
        for row in rows.sorted(by: { $0.department.name < $1.department.name }) {
            let counts = row.counts ?? MachineCounts()
            listing.rows.append(
                .init(
                    [
                        row.department.name, String(counts.total), String(counts.running), String(counts.suspended),
                        String(counts.off), String(counts.other), row.department.id.rawValue,
                    ],
                    [
                        "id": .string(row.department.id.rawValue), "name": .string(row.department.name),
                        "total": .int(counts.total), "running": .int(counts.running),
                        "suspended": .int(counts.suspended), "off": .int(counts.off), "other": .int(counts.other),
                    ]))
        }
        return listing
    }

    package static func events(_ events: [EventRecord]) -> Listing {
        var listing = Listing(
            [
                .init("ID", .right), .init("TIME"), .init("ACTOR"), .init("WHAT"), .init("MESSAGE"),
            ], names: ["id", "at", "resource", "action", "resourceId", "resourceName", "actor", "message", "data"])
        for event in events { listing.rows.append(row(event)) }
        return listing
    }

    private static func row(_ event: EventRecord) -> Listing.Row {
        .init(
            [
                String(event.id), event.at.iso8601, event.actor, event.resource + " " + event.action, event.message,
            ], value(event))
    }

    package static func value(_ event: EventRecord) -> JSONObject {
        [
            "id": .string(String(event.id)), "at": .string(event.at.iso8601), "resource": .string(event.resource),
            "action": .string(event.action), "resourceId": .string(event.resourceID),
            "resourceName": .string(event.resourceName), "actor": .string(event.actor),
            "message": .string(event.message), "data": event.data,
        ]
    }

    /// One event as it is printed while events are followed.
    package static func line(_ event: EventRecord, as form: Listing.Form) -> [UInt8] {
        if form == .json { return SafeJSON.escaped(.object(value(event))) + [0x0A] }
        let line = "\(event.at.iso8601)  \(Text.padded(Text.sanitised(event.actor), to: 14))  "
        return Array((line + Text.sanitised(event.message) + "\n").utf8)
    }

    package static func snapshots(_ snapshots: [Snapshot]) -> Listing {
        var listing = Listing(
            [.init("NAME"), .init("CREATED"), .init("STATE"), .init("DESCRIPTION")],
            names: ["name", "parent", "createdAt", "state", "isCurrent", "description"])
        for node in SnapshotTree(snapshots).nodes {
            let snapshot = node.snapshot
            let indent = String(repeating: "  ", count: node.depth)
            listing.rows.append(
                .init(
                    [
                        indent + snapshot.name + (snapshot.isCurrent ? " (you are here)" : ""),
                        snapshot.createdAt.iso8601, snapshot.state, snapshot.description ?? "",
                    ],
                    [
                        "name": .string(snapshot.name), "parent": snapshot.parent.map { .string($0) } ?? .null,
                        "createdAt": .string(snapshot.createdAt.iso8601), "state": .string(snapshot.state),
                        "isCurrent": .bool(snapshot.isCurrent),
                        "description": snapshot.description.map { .string($0) } ?? .null,
                    ]))
        }
        return listing
    }

    package static func links(_ links: [LinkState]) -> Listing {
        var listing = Listing(
            [.init("LINK"), .init("STATE"), .init("SINCE"), .init("REASON")],
            names: ["link", "state", "since", "reason"])
        for link in links {
            listing.rows.append(
                .init(
                    [link.link.rawValue, link.state.rawValue, link.since.iso8601, link.reason ?? ""],
                    [
                        "link": .string(link.link.rawValue), "state": .string(link.state.rawValue),
                        "since": .string(link.since.iso8601), "reason": link.reason.map { .string($0) } ?? .null,
                    ]))
        }
        return listing
    }

    package static func pools(_ pools: [StoragePool]) -> Listing {
        var listing = Listing(
            [
                .init("NAME"), .init("STATE"), .init("CAPACITY", .right), .init("USED", .right), .init("FREE", .right),
            ], names: ["name", "active", "capacityBytes", "allocationBytes", "availableBytes"])
        for pool in pools {
            listing.rows.append(
                .init(
                    [
                        pool.name, pool.isActive ? "active" : "inactive", Format.bytes(Double(pool.capacityBytes)),
                        Format.bytes(Double(pool.allocationBytes)), Format.bytes(Double(pool.availableBytes)),
                    ],
                    [
                        "name": .string(pool.name), "active": .bool(pool.isActive),
                        "capacityBytes": .int(Int(pool.capacityBytes)),
                        "allocationBytes": .int(Int(pool.allocationBytes)),
                        "availableBytes": .int(Int(pool.availableBytes)),
                    ]))
        }
        return listing
    }
}

extension Machine {
    /// The state in a word, with what matters more than the state.
    fileprivate var stateWord: String { hasDomain == false ? "no domain" : status.rawValue }
}
