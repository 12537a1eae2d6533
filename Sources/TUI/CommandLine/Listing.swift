package import Core
package import JSON

/// A list for people and programs: the same rows as an aligned table, as JSON, and as CSV.
package struct Listing: Equatable, Sendable {
    package enum Format: Sendable { case table, json, csv }

    package var columns: [String]
    package var rows: [[JSONValue]]

    package init(_ columns: [String], _ rows: [[JSONValue]]) {
        self.columns = columns
        self.rows = rows
    }

    package func text(_ format: Format) -> String {
        switch format {
        case .table: table
        case .json: json
        case .csv: csv
        }
    }

    /// What a person reads, numbers to the right. Everything from outside loses its control characters here.
    private var table: String {
        let titles = columns.map { $0.uppercased() }
        let cells = [titles] + rows.map { $0.map { Text.sanitised($0.word) } }
        let widths = columns.indices.map { column in cells.map { Text.width($0[column]) }.max() ?? 0 }
        let alignments = columns.indices.map { column -> Alignment in
            let values = rows.map { $0[column] }.filter { !$0.isNull }
            return !values.isEmpty && values.allSatisfy { $0.double != nil } ? .right : .left
        }
        return cells.map { row in
            var line = row.indices.map { Text.padded(row[$0], to: widths[$0], alignment: alignments[$0]) }
                .joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    private var json: String {
        if rows.isEmpty { return "[]\n" }
        let objects = rows.map { row in
            JSONValue.object(JSONObject(zip(columns, row).map { JSONObject.Member($0, $1) }))
        }
        return "[" + objects.map { "\n  " + SafeText.json($0.text) }.joined(separator: ",") + "\n]\n"
    }

    /// Source: RFC 4180. It has no escapes, so that control characters are replaced as in the table: JSON has them all.
    private var csv: String {
        let lines = [columns] + rows.map { $0.map { Text.sanitised($0.word) } }
        return lines.map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ",") }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension Listing {
    /// Only the columns that `list` names, parted by commas and in its order; all of them when it is nil.
    package func choosing(_ list: String?) throws(CommandFailure) -> Listing {
        guard let list else { return self }
        var places: [Int] = []
        for word in list.split(separator: ",", omittingEmptySubsequences: false) {
            let name = word.split(separator: " ").joined(separator: " ").lowercased()
            guard let place = columns.firstIndex(where: { $0.lowercased() == name }) else {
                throw .usage("there is no column \"\(name)\": \(columns.joined(separator: ", "))")
            }
            places.append(place)
        }
        return Listing(places.map { columns[$0] }, rows.map { row in places.map { row[$0] } })
    }

    /// Only the rows in which each word stands somewhere, and no `!word` does.
    package func matching(_ words: String) -> Listing {
        let terms = words.split(separator: " ").map { word in
            let isInverse = word.first == "!" && word.count > 1
            return (match: Match(String(isInverse ? word.dropFirst() : word)), isInverse: isInverse)
        }
        return Listing(
            columns,
            rows.filter { row in
                terms.allSatisfy { term in row.contains { term.match.matches($0.word) } != term.isInverse }
            })
    }
}

extension JSONValue {
    /// The value without quotes; nothing for null.
    fileprivate var word: String {
        switch self {
        case .null: ""
        case .string(let text): text
        default: text
        }
    }
}

extension Listing {
    package static func machines(
        _ machines: [Machine], _ samples: [Machine.ID: FiguresSample], _ departments: [DepartmentRow],
        matching words: String
    ) -> Listing {
        var fleet = Fleet()
        fleet.put(departments.map(\.department))
        fleet.put(machines)
        fleet.put(Array(samples.values))
        let filter = FleetFilter(words)
        let places = fleet.places(in: .all, matching: filter, by: .name, descending: false)
        return Listing(
            ["name", "state", "department", "cpu", "memoryMiB", "vcpus", "os", "ip", "managed", "id"],
            places.map { place in
                let entry = fleet.entries[place]
                let machine = entry.machine
                return [
                    .string(machine.name), .string(machine.status.rawValue),
                    machine.departmentID == nil ? .null : .string(fleet.departmentName(machine.departmentID)),
                    .rounded(entry.sample?.figures.cpuPercent), .rounded(entry.sample?.figures.memoryUsedMiB),
                    .int(machine.cpuCores), .string(machine.os), machine.localIP.map { .string($0) } ?? .null,
                    .bool(machine.isManaged), .string(machine.id.rawValue),
                ]
            })
    }

    package static func departments(_ rows: [DepartmentRow]) -> Listing {
        Listing(
            ["name", "machines", "running", "suspended", "off", "other", "id"],
            rows.map { row in
                let counts = row.counts ?? MachineCounts()
                return [
                    .string(row.department.name), .int(counts.total), .int(counts.running), .int(counts.suspended),
                    .int(counts.off), .int(counts.other), .string(row.department.id.rawValue),
                ]
            })
    }

    package static func snapshots(_ snapshots: [Snapshot]) -> Listing {
        Listing(
            ["name", "created", "state", "current", "parent", "description"],
            snapshots.map { snapshot in
                [
                    .string(snapshot.name), .string(snapshot.createdAt.iso8601), .string(snapshot.state),
                    .bool(snapshot.isCurrent), snapshot.parent.map { .string($0) } ?? .null,
                    snapshot.description.map { .string($0) } ?? .null,
                ]
            })
    }

    package static func events(_ events: [EventRecord]) -> Listing {
        Listing(["id", "at", "actor", "resource", "action", "message"], events.map(row))
    }

    /// An event with all that a script may look for.
    package static func object(_ event: EventRecord) -> JSONObject {
        [
            "id": .int(Int(event.id)), "at": .string(event.at.iso8601), "actor": .string(event.actor),
            "resource": .string(event.resource), "action": .string(event.action),
            "resourceId": .string(event.resourceID), "resourceName": .string(event.resourceName),
            "message": .string(event.message), "data": event.data,
        ]
    }

    private static func row(_ event: EventRecord) -> [JSONValue] {
        [
            .int(Int(event.id)), .string(event.at.iso8601), .string(event.actor), .string(event.resource),
            .string(event.action), .string(event.message),
        ]
    }

    package static func pools(_ pools: [StoragePool]) -> Listing {
        Listing(
            ["name", "active", "capacityBytes", "availableBytes"],
            pools.map {
                [.string($0.name), .bool($0.isActive), .int(Int($0.capacityBytes)), .int(Int($0.availableBytes))]
            })
    }

    package static func links(_ links: [LinkState]) -> Listing {
        Listing(
            ["link", "state", "since", "reason"],
            links.map {
                [
                    .string($0.link.rawValue), .string($0.state.rawValue), .string($0.since.iso8601),
                    $0.reason.map { .string($0) } ?? .null,
                ]
            })
    }
}

extension JSONValue {
    fileprivate static func rounded(_ value: Double?) -> JSONValue {
        value.map { .double(($0 * 10).rounded() / 10) } ?? .null
    }
}
