/// Somebody's attempt to reach a machine, or a machine's to reach somebody, that a rule ended.
package struct BlockedConnection: Identifiable, Equatable, Sendable {
    package var id: String
    package var machineID: Machine.ID
    /// As the machine sees it.
    package var direction: FirewallRule.Direction
    /// `TCP`, `UDP`, `IP-89`, ...
    package var protocolName: String
    /// The one that was asked for; 0 where the protocol has none.
    package var port: Int
    package var source: String?
    package var destination: String?
    /// The rule that ended it; nil where only the guest knows.
    package var rule: FirewallRule.ID?
    /// Of the first packet.
    package var at: Timestamp
    /// How many packets came within a minute.
    package var attempts: Int
    package var reason: String
    /// What in the machine was meant, where its guest says so.
    package var processName: String?
    package var processID: Int?

    package init(
        id: String, machineID: Machine.ID, direction: FirewallRule.Direction, protocolName: String, port: Int,
        source: String?, destination: String?, rule: FirewallRule.ID?, at: Timestamp, attempts: Int = 1,
        reason: String = "", processName: String? = nil, processID: Int? = nil
    ) {
        self.id = id
        self.machineID = machineID
        self.direction = direction
        self.protocolName = protocolName
        self.port = port
        self.source = source
        self.destination = destination
        self.rule = rule
        self.at = at
        self.attempts = attempts
        self.reason = reason
        self.processName = processName
        self.processID = processID
    }

    package init(_ notice: DropNotice, of machine: Machine.ID, id: String, at time: Timestamp) {
        let header = notice.header
        var direction = notice.place.direction
        var (from, to, port) = (header.source, header.destination, header.destinationPort)
        // The host's own packets, and those that it routes, meet no table that knows connections: what is dropped is the
        // machine's answer. What was wanted is a connection to it.
        if direction == .outgoing, header.isAnswer {
            direction = .incoming
            (from, to, port) = (to, from, header.sourcePort)
        }
        self.init(
            id: id, machineID: machine, direction: direction, protocolName: header.transportName, port: port ?? 0,
            source: from.description, destination: to.description, rule: notice.place.rule, at: time)
    }
}

/// Whether drops are recorded, as somebody is told who looks for them.
package struct DropLogState: Equatable, Sendable {
    /// Why nothing is recorded; nil where it is.
    package var reason: String?
    /// Packets that the kernel or bayd had no room for.
    package var lost: Int
    /// Packets of which no row was made, because a machine had so many in a minute.
    package var suppressed: Int

    package init(reason: String?, lost: Int = 0, suppressed: Int = 0) {
        self.reason = reason
        self.lost = lost
        self.suppressed = suppressed
    }
}

/// Makes few rows of many packets: what is the same within a minute is one, and a machine has so many in a minute and no more.
package struct DropLedger: Sendable {
    package struct Limits: Sendable {
        /// How long attempts are added to the first of their kind.
        package var seconds = 60
        /// How many rows a machine may have in that time: a scan of all ports is a few rows.
        package var rowsOfMachine = 60
        /// And in an hour: whoever scans for days fills no disk.
        package var rowsOfMachineInHour = 1_000
        /// Those that grow, of all machines together.
        package var rows = 6_000

        package init() {}
    }

    private struct Kind: Hashable {
        var machine: Machine.ID
        var direction: FirewallRule.Direction
        var protocolName: String
        var port: Int
        var source: String?
        var destination: String?
        var rule: FirewallRule.ID?
    }

    private let limits: Limits
    private var rows: [Kind: BlockedConnection] = [:]
    private var rowsOfMachine: [Machine.ID: Int] = [:]
    /// Since when rows of this hour are counted, and how many there are.
    private var hour: Timestamp?
    private var rowsInHour: [Machine.ID: Int] = [:]
    private var changed: Set<Kind> = []
    private var sweptAt: Timestamp?
    /// Packets of which no row was made.
    package private(set) var suppressed = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    package mutating func note(_ connection: BlockedConnection) {
        let kind = Kind(
            machine: connection.machineID, direction: connection.direction, protocolName: connection.protocolName,
            port: connection.port, source: connection.source, destination: connection.destination,
            rule: connection.rule)
        retire(kind, at: connection.at)
        if rows[kind] != nil {
            rows[kind]?.attempts += 1
        } else {
            guard hasRoom(for: connection) else { return suppressed += 1 }
            rows[kind] = connection
            rowsOfMachine[connection.machineID, default: 0] += 1
            rowsInHour[connection.machineID, default: 0] += 1
        }
        changed.insert(kind)
    }

    private mutating func hasRoom(for connection: BlockedConnection) -> Bool {
        let machine = connection.machineID
        func isFull() -> Bool {
            rowsOfMachine[machine] ?? 0 >= limits.rowsOfMachine || rows.count >= limits.rows
        }
        // Those that grow no more are looked for only where they are in the way, and once a second: it may be a flood.
        if isFull(), sweptAt.map({ connection.at.milliseconds(since: $0) >= 1000 }) ?? true {
            sweptAt = connection.at
            for kind in Array(rows.keys) { retire(kind, at: connection.at) }
        }
        if hour.map({ !(0..<3_600_000).contains(connection.at.milliseconds(since: $0)) }) ?? true {
            hour = connection.at
            rowsInHour = [:]
        }
        return !isFull() && rowsInHour[machine] ?? 0 < limits.rowsOfMachineInHour
    }

    /// A row that is a minute old grows no more; one that nobody has taken yet waits for that.
    private mutating func retire(_ kind: Kind, at now: Timestamp) {
        guard let row = rows[kind], now.milliseconds(since: row.at) >= Int64(limits.seconds) * 1000,
            !changed.contains(kind)
        else { return }
        rows[kind] = nil
        let left = (rowsOfMachine[kind.machine] ?? 1) - 1
        rowsOfMachine[kind.machine] = left > 0 ? left : nil
    }

    /// The rows that are new or have grown since the last time; each keeps its id.
    package mutating func take() -> [BlockedConnection] {
        defer { changed = [] }
        return changed.compactMap { rows[$0] }.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    }
}
