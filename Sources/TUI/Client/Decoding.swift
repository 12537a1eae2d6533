import Core
import JSON

extension Operation {
    /// Reads `{"data": {field: ...}, "errors": [...]}` straight to values.
    func decode(_ payload: [UInt8]) -> Result<Reply, OperationFailures> {
        if case .document = self { return .success(.document(payload)) }
        var reply: Reply?
        var failures: [OperationFailure] = []
        var reader = JSONReader(payload)
        do {
            try reader.object { name, reader throws(JSONError) in
                switch name {
                case "data":
                    if try reader.null() { return }
                    // What is known of a firewall is the answer of several fields.
                    if case .firewall(let operation) = self { return reply = operation.read(try reader.value()) }
                    try reader.object { _, reader throws(JSONError) in
                        // A field that failed is null; `errors` says why.
                        if case .null = try reader.peek(), !self.mayBeNull {
                            try reader.skip()
                        } else {
                            reply = try self.read(&reader)
                        }
                    }
                case "errors":
                    failures = try reader.list { reader throws(JSONError) in try OperationFailure(reading: &reader) }
                default: try reader.skip()
                }
            }
        } catch {
            return .failure(
                OperationFailures([OperationFailure(message: "the answer could not be read: \(error.message)")]))
        }
        // What came in spite of errors is shown; the console asks again for the rest by itself.
        if let reply, failures.isEmpty || !isMutation { return .success(reply) }
        return .failure(
            OperationFailures(failures.isEmpty ? [OperationFailure(message: "the server sent no data")] : failures))
    }

    private var mayBeNull: Bool {
        switch self {
        case .machine, .host, .user(.own): true
        default: false
        }
    }

    private func read(_ reader: inout JSONReader) throws(JSONError) -> Reply {
        switch self {
        case .serverInfo: return .serverInfo(try ServerInfo(reading: &reader))
        case .departments:
            return .departments(
                try reader.list { reader throws(JSONError) in try DepartmentRow(reading: &reader) })
        case .machines:
            var machines: [Machine] = []
            var figures: [FiguresSample] = []
            try reader.array { reader throws(JSONError) in
                let (machine, sample) = try Machine.read(&reader)
                machines.append(machine)
                if let sample { figures.append(sample) }
            }
            return .machines(machines, figures)
        case .machine:
            if try reader.null() { return .machine(nil, nil) }
            let (machine, sample) = try Machine.read(&reader)
            return .machine(machine, sample)
        case .host: return try reader.null() ? .host(nil) : .host(try HostInfo(reading: &reader))
        case .links: return .links(try LinkState.readList(&reader))
        case .watchLinks: return .links(try LinkState.readList(&reader))
        case .recentEvents, .eventsAfter:
            return .events(try reader.list { reader throws(JSONError) in try EventRecord(reading: &reader) })
        case .watchEvents: return .events([try EventRecord(reading: &reader)])
        case .watchFigures:
            return .figures(try reader.list { reader throws(JSONError) in try FiguresSample(reading: &reader) })
        case .history: return .history(try FigureSeries(reading: &reader))
        case .snapshots(let id): return try Snapshot.readList(&reader, machine: id)
        case .power, .createSnapshot, .restoreSnapshot, .deleteSnapshot:
            return .outcome(try Outcome(reading: &reader))
        case .renameMachine, .moveMachine, .assignMachine: return .changedMachine(try Machine.read(&reader).0)
        case .adopt:
            return .adopted(try reader.list { reader throws(JSONError) in try AdoptOutcome(reading: &reader) })
        case .createDepartment, .renameDepartment, .destroyDepartment:
            return .changedDepartment(try DepartmentRow(reading: &reader).department)
        case .hardware(let operation): return try operation.read(&reader)
        case .application(let operation): return try operation.read(&reader)
        case .network(let operation): return try operation.read(&reader)
        case .template(let operation): return try operation.read(&reader)
        case .user(let operation): return try operation.read(&reader)
        case .job(let operation): return try operation.read(&reader)
        case .error(let operation): return try operation.read(&reader)
        case .firewall, .document: preconditionFailure("read as a whole above")
        }
    }
}

// MARK: Values

extension JSONReader {
    mutating func list<Item>(_ item: (inout JSONReader) throws(JSONError) -> Item) throws(JSONError) -> [Item] {
        var items: [Item] = []
        try array { reader throws(JSONError) in items.append(try item(&reader)) }
        return items
    }

    mutating func optionalString() throws(JSONError) -> String? { try null() ? nil : try string() }
    mutating func optionalDouble() throws(JSONError) -> Double? { try null() ? nil : try double() }
    mutating func optionalInt() throws(JSONError) -> Int? { try null() ? nil : try int() }
    mutating func optionalBool() throws(JSONError) -> Bool? { try null() ? nil : try bool() }

    mutating func optionalTime() throws(JSONError) -> Timestamp? {
        guard let text = try optionalString() else { return nil }
        return Timestamp(iso8601: text)
    }

    mutating func time() throws(JSONError) -> Timestamp { try optionalTime() ?? Timestamp(milliseconds: 0) }

    mutating func bytes() throws(JSONError) -> Int64 {
        let value = try double()
        return value >= 0 && value < 9e18 ? Int64(value) : 0
    }

    /// An id that counts: the API writes it as text.
    mutating func number64() throws(JSONError) -> Int64 {
        if case .number = try peek() { return Int64(try int()) }
        return Int64(try string()) ?? 0
    }
}

extension OperationFailure {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var message = ""
        var code: String?
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "message": message = try reader.string()
            case "extensions": code = try reader.value()["code"]?.string
            default: try reader.skip()
            }
        }
        self.init(message: message, code: code)
    }
}

extension ServerInfo {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var info = ServerInfo()
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "version": info.version = try reader.string()
            case "demo": info.isDemo = try reader.bool()
            case "hypervisorUri": info.hypervisorURI = try reader.string()
            case "lastEventId": info.lastEvent = try reader.number64()
            case "actor": info.actor = try reader.string()
            case "role": info.role = UserRole(rawValue: try reader.string()) ?? .user
            default: try reader.skip()
            }
        }
        self = info
    }
}

extension DepartmentRow {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var row = DepartmentRow(department: Department(id: Department.ID(""), name: ""))
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "id": row.department.id = Department.ID(try reader.string())
            case "name": row.department.name = try reader.string()
            case "createdAt": row.department.createdAt = try reader.optionalTime()
            case "machineCounts":
                var counts = MachineCounts()
                try reader.object { name, reader throws(JSONError) in
                    switch name {
                    case "total": counts.total = try reader.int()
                    case "running": counts.running = try reader.int()
                    case "suspended": counts.suspended = try reader.int()
                    case "off": counts.off = try reader.int()
                    case "other": counts.other = try reader.int()
                    default: try reader.skip()
                    }
                }
                row.counts = counts
            default: try reader.skip()
            }
        }
        self = row
    }
}

extension Machine {
    private static let members = JSONNames(
        "id", "name", "internalName", "status", "os", "cpuCores", "ramGB", "diskSizeGB", "gpuPciAddress",
        "departmentId", "userId", "localIP", "createdAt", "managed", "hasDomain", "figures")

    static func read(_ reader: inout JSONReader) throws(JSONError) -> (Machine, FiguresSample?) {
        var machine = Machine(id: ID(""), name: "", internalName: "", status: .off)
        var sample: FiguresSample?
        try reader.object(members) { member, reader throws(JSONError) in
            switch member {
            case 0: machine.id = ID(try reader.string())
            case 1: machine.name = try reader.string()
            case 2: machine.internalName = try reader.string()
            case 3: machine.status = MachineStatus(stored: try reader.string()) ?? .failed
            case 4: machine.os = try reader.optionalString() ?? ""
            case 5: machine.cpuCores = try reader.optionalInt() ?? 0
            case 6: machine.ramGB = try reader.optionalInt() ?? 0
            case 7: machine.diskSizeGB = try reader.optionalInt() ?? 0
            case 8: machine.gpuAddress = try reader.optionalString()
            case 9: machine.departmentID = try reader.optionalString().map { Department.ID($0) }
            case 10: machine.userID = try reader.optionalString()
            case 11: machine.localIP = try reader.optionalString()
            case 12: machine.createdAt = try reader.optionalTime()
            case 13: machine.isManaged = try reader.optionalBool() ?? true
            case 14: machine.hasDomain = try reader.optionalBool()
            default: if try !reader.null() { sample = try FiguresSample(reading: &reader) }
            }
        }
        // Names of domains are often those of their machines: one text for both.
        if machine.internalName == machine.name { machine.internalName = machine.name }
        return (machine, sample)
    }
}

extension FiguresSample {
    private static let members = JSONNames(
        "machineId", "at", "slowAt", "cpuPercent", "vcpuWaitPercent", "memoryUsedMiB", "memoryTotalMiB", "balloonMiB",
        "diskReadBytes", "diskWriteBytes", "networkReceivedBytes", "networkSentBytes")

    init(reading reader: inout JSONReader) throws(JSONError) {
        var sample = FiguresSample(machine: Machine.ID(""), at: Timestamp(milliseconds: 0), figures: Figures())
        try reader.object(Self.members) { member, reader throws(JSONError) in
            switch member {
            case 0: sample.machine = Machine.ID(try reader.string())
            case 1: sample.at = try reader.time()
            case 2: sample.slowAt = try reader.optionalTime()
            case 3: sample.figures.cpuPercent = try reader.optionalDouble()
            case 4: sample.figures.vcpuWaitPercent = try reader.optionalDouble()
            case 5: sample.figures.memoryUsedMiB = try reader.optionalDouble()
            case 6: sample.figures.memoryTotalMiB = try reader.optionalDouble()
            case 7: sample.figures.balloonMiB = try reader.optionalDouble()
            case 8: sample.figures.diskRead = try reader.optionalDouble()
            case 9: sample.figures.diskWrite = try reader.optionalDouble()
            case 10: sample.figures.networkReceived = try reader.optionalDouble()
            default: sample.figures.networkSent = try reader.optionalDouble()
            }
        }
        self = sample
    }
}

extension HostInfo {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var host = HostInfo()
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "hostname": host.hostname = try reader.string()
            case "uri": host.uri = try reader.string()
            case "libvirtVersion": host.libvirtVersion = try reader.string()
            case "hypervisorVersion": host.hypervisorVersion = try reader.string()
            case "cpuModel": host.cpuModel = try reader.string()
            case "cpus": host.cpus = try reader.int()
            case "cpuMHz": host.cpuMHz = try reader.int()
            case "memoryMiB": host.memoryMiB = try reader.int()
            case "memoryFreeMiB": host.memoryFreeMiB = try reader.optionalInt()
            case "cpuPercent": host.cpuPercent = try reader.optionalDouble()
            case "pools": host.pools = try reader.list { reader throws(JSONError) in try StoragePool(reading: &reader) }
            default: try reader.skip()
            }
        }
        self = host
    }
}

extension StoragePool {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var pool = StoragePool(name: "", isActive: false, capacityBytes: 0, allocationBytes: 0, availableBytes: 0)
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "name": pool.name = try reader.string()
            case "active": pool.isActive = try reader.bool()
            case "capacityBytes": pool.capacityBytes = try reader.bytes()
            case "allocationBytes": pool.allocationBytes = try reader.bytes()
            case "availableBytes": pool.availableBytes = try reader.bytes()
            default: try reader.skip()
            }
        }
        self = pool
    }
}

extension LinkState {
    static func readList(_ reader: inout JSONReader) throws(JSONError) -> [LinkState] {
        var links: [LinkState] = []
        try reader.array { reader throws(JSONError) in
            var link: Link?
            var state = State.down
            var since = Timestamp(milliseconds: 0)
            var reason: String?
            try reader.object { name, reader throws(JSONError) in
                switch name {
                case "link": link = Link(rawValue: try reader.string())
                case "state": state = State(rawValue: try reader.string()) ?? .down
                case "since": since = try reader.time()
                case "reason": reason = try reader.optionalString()
                default: try reader.skip()
                }
            }
            // A light that this console does not know is one of a newer server.
            if let link { links.append(LinkState(link: link, state: state, since: since, reason: reason)) }
        }
        return links
    }
}

extension EventRecord {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var event = EventRecord(
            id: 0, at: Timestamp(milliseconds: 0), resource: "", action: "", resourceID: "", resourceName: "",
            actor: "",
            message: "")
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "id": event.id = try reader.number64()
            case "at": event.at = try reader.time()
            case "resource": event.resource = try reader.string()
            case "action": event.action = try reader.string()
            case "resourceId": event.resourceID = try reader.string()
            case "resourceName": event.resourceName = try reader.string()
            case "actor": event.actor = try reader.string()
            case "message": event.message = try reader.string()
            case "data": event.data = try reader.value()
            default: try reader.skip()
            }
        }
        self = event
    }
}

extension FigureSeries {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var series = FigureSeries()
        func values(_ reader: inout JSONReader) throws(JSONError) -> [Double?] {
            try reader.list { reader throws(JSONError) in try reader.optionalDouble() }
        }
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "at": series.at = try reader.list { reader throws(JSONError) in try reader.time() }
            case "cpuPercent": series.cpu = try values(&reader)
            case "vcpuWaitPercent": series.wait = try values(&reader)
            case "memoryUsedMiB": series.memory = try values(&reader)
            case "balloonMiB": series.balloon = try values(&reader)
            case "diskReadBytes": series.diskRead = try values(&reader)
            case "diskWriteBytes": series.diskWrite = try values(&reader)
            case "networkReceivedBytes": series.received = try values(&reader)
            case "networkSentBytes": series.sent = try values(&reader)
            default: try reader.skip()
            }
        }
        self = series
    }
}

extension Snapshot {
    static func readList(_ reader: inout JSONReader, machine: Machine.ID) throws(JSONError) -> Reply {
        var snapshots: [Snapshot] = []
        var outcome = Outcome(success: true, message: "")
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "success": outcome.success = try reader.bool()
            case "message": outcome.message = try reader.string()
            case "snapshots":
                snapshots = try reader.list { reader throws(JSONError) in
                    try Snapshot(reading: &reader, machine: machine)
                }
            default: try reader.skip()
            }
        }
        return .snapshots(snapshots, outcome)
    }

    init(reading reader: inout JSONReader, machine: Machine.ID) throws(JSONError) {
        var snapshot = Snapshot(
            name: "", machineID: machine, domainName: "", createdAt: Timestamp(milliseconds: 0), state: "")
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "name": snapshot.name = try reader.string()
            case "description": snapshot.description = try reader.optionalString()
            case "createdAt": snapshot.createdAt = try reader.time()
            case "isCurrent": snapshot.isCurrent = try reader.bool()
            case "parentId": snapshot.parent = try reader.optionalString()
            case "state": snapshot.state = try reader.string()
            case "vmName": snapshot.domainName = try reader.string()
            default: try reader.skip()
            }
        }
        self = snapshot
    }
}

extension Outcome {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var outcome = Outcome(success: false, message: "")
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "success": outcome.success = try reader.bool()
            case "message": outcome.message = try reader.string()
            default: try reader.skip()
            }
        }
        self = outcome
    }
}

extension AdoptOutcome {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var id = Machine.ID("")
        var outcome = Outcome(success: false, message: "")
        var machine: Machine?
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "id": id = Machine.ID(try reader.string())
            case "success": outcome.success = try reader.bool()
            case "message": outcome.message = try reader.string()
            case "machine": if try !reader.null() { machine = try Machine.read(&reader).0 }
            default: try reader.skip()
            }
        }
        self.init(id: id, outcome: outcome, machine: machine)
    }
}
