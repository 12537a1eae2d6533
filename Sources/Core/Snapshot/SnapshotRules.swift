/// Why an operation on a snapshot did not happen.
package enum SnapshotError: Error, Equatable {
    case machineNotFound
    case notFound(String)
    case alreadyExists(String)
    case invalidName(String)
    case refused(String)
    case busy(with: String)
    case hypervisorUnavailable(reason: String)
    case hypervisor(reason: String)

    package var message: String {
        switch self {
        case .machineNotFound: "machine not found"
        case .notFound(let name): "snapshot \"\(name)\" not found"
        case .alreadyExists(let name): "a snapshot named \"\(name)\" exists already"
        case .invalidName(let reason), .refused(let reason): reason
        case .busy(let other): "not now: the machine is busy with another operation (\(other))"
        case .hypervisorUnavailable(let reason): "the hypervisor cannot be reached: \(reason)"
        case .hypervisor(let reason): "the hypervisor could not do it: \(reason)"
        }
    }
}

package enum SnapshotRules {
    package static let maximumNameLength = 64
    package static let maximumDescriptionLength = 1000

    /// What is wrong with a new snapshot's name, or nil. Letters, digits, space and `. _ -` only, since the name becomes
    /// part of file names on the host.
    package static func problem(withName name: String) -> String? {
        if name.isEmpty { return "the snapshot's name is empty" }
        if name.utf8.count > maximumNameLength {
            return "the snapshot's name is longer than \(maximumNameLength) characters"
        }
        let allowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: " "),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if !allowed { return "the snapshot's name may hold letters, digits, space and . _ - only" }
        if name.first == " " || name.last == " " { return "the snapshot's name begins or ends with a space" }
        if name.first == "-" || name.first == "." { return "the snapshot's name begins with \(name.first!)" }
        return nil
    }

    package static func problem(withDescription text: String) -> String? {
        if text.unicodeScalars.count > maximumDescriptionLength {
            return "the description is longer than \(maximumDescriptionLength) characters"
        }
        let bad = text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" }
        return bad ? "the description holds control characters" : nil
    }

    /// Why no snapshot of the machine can be taken now, or nil.
    package static func refusalToCreate(on machine: Machine) -> String? {
        refusal(machine)
    }

    /// Why the machine cannot go back to a snapshot now, or nil. A running machine is refused unless forced, because what
    /// runs in it would be lost without a word.
    package static func refusalToRestore(on machine: Machine, forced: Bool) -> String? {
        if let reason = refusal(machine) { return reason }
        if machine.status == .running, !forced {
            return "the machine is running and would lose its present state: shut it down first, or force the restore"
        }
        return nil
    }

    package static func refusalToDelete(on machine: Machine) -> String? { refusal(machine) }

    private static func refusal(_ machine: Machine) -> String? {
        guard machine.isManaged else { return "not adopted yet: adopt it first" }
        if machine.hasDomain == false { return "its domain is missing in libvirt" }
        return machine.status.isOwnedByOperation ? "the machine is \(machine.status.words)" : nil
    }
}

/// Snapshots in the order in which a tree shows them, each with its depth.
package struct SnapshotTree: Equatable, Sendable {
    package struct Node: Equatable, Sendable {
        package var snapshot: Snapshot
        package var depth: Int
        /// Whether it is the last child of its parent, for the lines of the tree.
        package var isLast: Bool
    }
    package private(set) var nodes: [Node] = []

    /// Orders by parent, older first. A snapshot whose parent is unknown, or that is its own ancestor, is a root: whatever
    /// libvirt reports, each snapshot is shown exactly once.
    package init(_ snapshots: [Snapshot]) {
        let names = Set(snapshots.map(\.name))
        var children: [String?: [Snapshot]] = [:]
        for snapshot in snapshots {
            let parent = snapshot.parent.flatMap { names.contains($0) && $0 != snapshot.name ? $0 : nil }
            children[parent, default: []].append(snapshot)
        }
        for key in children.keys {
            children[key]?.sort { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }
        }
        var seen: Set<String> = []
        func visit(_ list: [Snapshot], _ depth: Int) {
            for (index, snapshot) in list.enumerated() where seen.insert(snapshot.name).inserted {
                nodes.append(Node(snapshot: snapshot, depth: depth, isLast: index == list.count - 1))
                visit(children[snapshot.name] ?? [], depth + 1)
            }
        }
        visit(children[nil] ?? [], 0)
        visit(snapshots.filter { !seen.contains($0.name) }.sorted { $0.createdAt < $1.createdAt }, 0)
    }
}
