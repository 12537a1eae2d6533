package import Core

/// The console's copy of what the server has: machines with their newest figures, and departments.
///
/// A machine keeps its place in `entries` for as long as the console runs, so that the place is its identity in tables: a
/// number is cheap to sort and to compare, ten thousand times between two keys.
package struct Fleet: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package var machine: Machine
        package var sample: FiguresSample?
        /// CPU shares of the last passes, oldest first, for the sparkline.
        package var trend: [Float] = []
        /// False when the machine is gone from the server.
        package var isPresent = true
        /// What is asked of the server for it right now, in words.
        package var pending: String?
    }

    package static let trendLength = 8

    package private(set) var entries: [Entry] = []
    private var places: [Machine.ID: Int] = [:]
    package private(set) var departments: [Department.ID: Department] = [:]
    /// Departments by name.
    package private(set) var orderedDepartments: [Department] = []
    package private(set) var counts: [Department.ID: MachineCounts] = [:]
    package private(set) var total = MachineCounts()
    package private(set) var unmanaged = MachineCounts()
    /// Grows with each change that may move rows in a list sorted or filtered by what changes seldom.
    package private(set) var revision = 0
    /// Grows with each batch of figures.
    package private(set) var figuresRevision = 0

    package init() {}

    package var presentCount: Int { total.total }

    package func place(of id: Machine.ID) -> Int? { places[id].flatMap { entries[$0].isPresent ? $0 : nil } }
    package func entry(_ id: Machine.ID) -> Entry? { place(of: id).map { entries[$0] } }

    package func departmentName(_ id: Department.ID?) -> String {
        guard let id else { return "" }
        return departments[id]?.name ?? "?"
    }

    // MARK: What the server says

    package mutating func put(_ machines: [Machine]) {
        for machine in machines { put(machine) }
    }

    package mutating func put(_ machine: Machine) {
        if let place = places[machine.id] {
            if entries[place].isPresent { count(entries[place].machine, -1) }
            if entries[place].machine != machine || !entries[place].isPresent { revision += 1 }
            entries[place].machine = machine
            entries[place].isPresent = true
        } else {
            places[machine.id] = entries.count
            entries.append(Entry(machine: machine))
            revision += 1
        }
        count(machine, 1)
        if machine.status != .running, let place = places[machine.id] {
            entries[place].sample = nil
            entries[place].trend = []
        }
    }

    /// Changes what is known of one machine; nothing when it is not known.
    package mutating func change(_ id: Machine.ID, _ body: (inout Machine) -> Void) {
        guard let place = place(of: id) else { return }
        var machine = entries[place].machine
        body(&machine)
        put(machine)
    }

    package mutating func remove(_ id: Machine.ID) {
        guard let place = place(of: id) else { return }
        count(entries[place].machine, -1)
        entries[place].isPresent = false
        entries[place].sample = nil
        entries[place].trend = []
        revision += 1
    }

    /// Forgets machines that a complete listing did not name.
    package mutating func keep(only listed: Set<Machine.ID>) {
        for entry in entries where entry.isPresent && !listed.contains(entry.machine.id) { remove(entry.machine.id) }
    }

    package mutating func setPending(_ id: Machine.ID, _ words: String?) {
        guard let place = places[id] else { return }
        entries[place].pending = words
    }

    package mutating func clearPending() {
        for place in entries.indices where entries[place].pending != nil { entries[place].pending = nil }
    }

    package mutating func put(_ departments: [Department]) {
        self.departments = Dictionary(departments.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        orderDepartments()
    }

    package mutating func put(_ department: Department) {
        departments[department.id] = department
        orderDepartments()
    }

    package mutating func remove(_ id: Department.ID) {
        departments[id] = nil
        orderDepartments()
    }

    private mutating func orderDepartments() {
        orderedDepartments = departments.values.sorted {
            let (a, b) = ($0.name.lowercased(), $1.name.lowercased())
            return a == b ? $0.id < $1.id : a < b
        }
        revision += 1
    }

    package mutating func put(_ samples: [FiguresSample]) {
        for sample in samples {
            guard let place = place(of: sample.machine) else { continue }
            entries[place].sample = sample
            let cpu = sample.figures.cpuPercent.map { Float($0) } ?? .nan
            if entries[place].trend.count == Self.trendLength { entries[place].trend.removeFirst() }
            entries[place].trend.append(cpu)
        }
        figuresRevision += 1
    }

    private mutating func count(_ machine: Machine, _ amount: Int) {
        total.add(machine.status, amount)
        guard machine.isManaged else { return unmanaged.add(machine.status, amount) }
        if let department = machine.departmentID {
            counts[department, default: MachineCounts()].add(machine.status, amount)
        }
    }
}

/// Which machines a list is about.
package enum FleetScope: Hashable, Sendable {
    case all
    case department(Department.ID)
    case unmanaged

    package func contains(_ machine: Machine) -> Bool {
        switch self {
        case .all: true
        case .department(let id): machine.departmentID == id
        case .unmanaged: !machine.isManaged
        }
    }
}

/// What a list can be sorted by.
package enum FleetKey: String, CaseIterable, Sendable {
    case name, state, department, cpu, wait, memory, network, disk, os, vcpus, ip

    /// Whether the order changes with figures, and so with every pass.
    package var isLive: Bool {
        switch self {
        case .cpu, .wait, .memory, .network, .disk: true
        default: false
        }
    }
}

extension Fleet {
    /// The places of the machines that scope and filter let through, in order.
    package func places(
        in scope: FleetScope, matching filter: FleetFilter, by key: FleetKey, descending: Bool
    ) -> [Int] {
        let chosen = entries.indices.filter { place in
            let entry = entries[place]
            return entry.isPresent && scope.contains(entry.machine) && filter.matches(entry, in: self)
        }
        if key.isLive { return sorted(chosen, descending: descending) { entries[$0].value(key) } }
        // Names decide between equals, so that rows do not change places by themselves.
        let texts = chosen.map { (place: $0, key: text($0, key), name: entries[$0].machine.name.lowercased()) }
        let ordered = texts.sorted { a, b in
            if a.key != b.key { return descending ? a.key > b.key : a.key < b.key }
            return a.name == b.name ? a.place < b.place : a.name < b.name
        }
        return ordered.map(\.place)
    }

    private func sorted(_ places: [Int], descending: Bool, by value: (Int) -> Double?) -> [Int] {
        // What has no figure comes last in both directions: nothing is known of it.
        let keyed = places.map { (place: $0, value: value($0)) }
        return keyed.sorted { a, b in
            switch (a.value, b.value) {
            case (let x?, let y?): x == y ? a.place < b.place : (descending ? x > y : x < y)
            case (_?, nil): true
            case (nil, _?): false
            case (nil, nil): a.place < b.place
            }
        }.map(\.place)
    }

    private func text(_ place: Int, _ key: FleetKey) -> String {
        let machine = entries[place].machine
        switch key {
        case .state: return machine.status.rank
        case .department: return departmentName(machine.departmentID).lowercased()
        case .os: return machine.os
        case .vcpus: return String(machine.cpuCores + 100_000)
        case .ip: return machine.localIP ?? "~"
        default: return machine.name.lowercased()
        }
    }
}

extension Fleet.Entry {
    /// The figure that a key means; nil where nothing is known.
    package func value(_ key: FleetKey) -> Double? {
        guard let figures = sample?.figures else { return nil }
        switch key {
        case .cpu: return figures.cpuPercent
        case .wait: return figures.vcpuWaitPercent
        case .memory: return figures.memoryUsedMiB
        case .network: return sum(figures.networkReceived, figures.networkSent)
        case .disk: return sum(figures.diskRead, figures.diskWrite)
        default: return nil
        }
    }

    private func sum(_ a: Double?, _ b: Double?) -> Double? { a == nil && b == nil ? nil : (a ?? 0) + (b ?? 0) }
}

extension MachineStatus {
    /// Orders states by how much they want to be looked at.
    fileprivate var rank: String {
        switch self {
        case .failed: "0"
        case .errorHardwareUpdate: "1"
        case .building, .updatingHardware, .poweringOffUpdate: "2"
        case .suspended: "3"
        case .running: "4"
        case .off: "5"
        }
    }
}
