package import Core

/// The console's copy of what the server has: machines with their newest figures, and departments.
///
/// A machine keeps its place in `entries` for as long as the console runs, so that the place is its identity in tables: a
/// number is cheap to sort and to compare, ten thousand times between two keys.
package struct Fleet: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package var machine: Machine
        package var sample: FiguresSample?
        /// CPU shares of the last minute, for the sparkline.
        package var trend = Trend()
        /// False when the machine is gone from the server.
        package var isPresent = true
        /// What is asked of the server for it right now, in words.
        package var pending: String?
    }

    package private(set) var entries: [Entry] = []
    /// For each entry its texts in lower case: what a filter reads, without touching the machine itself.
    private(set) var texts: [[UInt8]] = []
    /// For each entry its name as a key in the order that people expect.
    private(set) var nameKeys: [[UInt8]] = []
    /// For each entry its place among all names; made again when it is needed after names changed.
    var nameRanks: [Int32] = []
    var namesChanged = true
    private var places: [Machine.ID: Int] = [:]
    private var sharedTexts: [String: String] = [:]
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
        guard let place = places[machine.id] else {
            places[machine.id] = entries.count
            entries.append(Entry(machine: sharing(machine)))
            texts.append([])
            nameKeys.append([])
            count(machine, 1)
            index(entries.count - 1, isRenamed: true)
            return
        }
        let known = entries[place].machine
        let isUnchanged = entries[place].isPresent && known == machine
        if isUnchanged { return }
        if entries[place].isPresent { count(known, -1) }
        count(machine, 1)
        entries[place].machine = sharing(machine)
        entries[place].isPresent = true
        if machine.status != .running {
            if machine.status == .off { entries[place].sample = nil }
            entries[place].trend = Trend()
        }
        index(place, isRenamed: known.name != machine.name)
    }

    /// The machine with the texts that many have in common: one copy of each.
    private mutating func sharing(_ machine: Machine) -> Machine {
        var machine = machine
        machine.os = shared(machine.os)
        if let id = machine.departmentID { machine.departmentID = Department.ID(shared(id.rawValue)) }
        return machine
    }

    private mutating func shared(_ text: String) -> String {
        if let known = sharedTexts[text] { return known }
        if sharedTexts.count < 4096 { sharedTexts[text] = text }
        return text
    }

    /// Brings what filters and orders read up to date.
    private mutating func index(_ place: Int, isRenamed: Bool) {
        let machine = entries[place].machine
        texts[place] = MachineFilter.text(of: machine, department: scopeName(machine))
        if isRenamed {
            nameKeys[place] = NaturalOrder.key(machine.name)
            namesChanged = true
        }
        revision += 1
    }

    /// The department's name, or that there is none.
    package func scopeName(_ machine: Machine) -> String {
        machine.isManaged ? departmentName(machine.departmentID) : "not adopted"
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
        entries[place].trend = Trend()
        entries[place].pending = nil
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
        orderedDepartments = departments.values.map { ($0, NaturalOrder.key($0.name)) }.sorted {
            $0.1 == $1.1 ? $0.0.id < $1.0.id : $0.1.lexicographicallyPrecedes($1.1)
        }.map(\.0)
        for place in entries.indices where entries[place].machine.departmentID != nil { index(place, isRenamed: false) }
        revision += 1
    }

    package mutating func put(_ samples: [FiguresSample]) {
        for sample in samples {
            guard let place = place(of: sample.machine) else { continue }
            entries[place].trend.append(sample.figures.cpuPercent, at: sample.at)
            var sample = sample
            // The id that came with the sample is another copy of the one that is here.
            sample.machine = entries[place].machine.id
            entries[place].sample = sample
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
    case name, state, department, cpu, wait, memory, network, disk, os, vcpus, ip, size, domain, created

    /// Whether the order changes with figures, and so with every pass.
    package var isLive: Bool {
        switch self {
        case .cpu, .wait, .memory, .network, .disk: true
        default: false
        }
    }
}
