import JSON

/// One of the objects that a value of an interface or union may be, with what a request wants of it.
struct Branch<Context: GraphQLContext, Value: Sendable>: Sendable {
    let isStaged: Bool
    /// Whether the value is of this type.
    let matches: @Sendable (Value) -> Bool
    let prepare: @Sendable ([Value], Execution<Context>) -> Eventual<[SlotWrite]>
    /// Writes the value, the one of that number among those of its type; nil when it is of another type.
    let write: @Sendable (Value, [SlotWrite], Int, Execution<Context>, inout Output) -> Bool?

    init<Member: Sendable>(_ plan: ObjectPlan<Context, Member>, _ member: @escaping @Sendable (Value) -> Member?) {
        isStaged = plan.isStaged
        matches = { member($0) != nil }
        prepare = { values, execution in plan.prepare(values.compactMap(member), execution) }
        write = { value, slots, index, execution, output in
            member(value).map { plan.write($0, slots, index, execution, &output) }
        }
    }
}

/// What a request wants of the values at one place that may be objects of several types: a plan for each of them.
final class AbstractPlan<Context: GraphQLContext, Value: Sendable>: Sendable {
    let name: String
    let isStaged: Bool
    private let branches: [Branch<Context, Value>]

    init(_ name: String, _ branches: [Branch<Context, Value>]) {
        self.name = name
        self.branches = branches
        isStaged = branches.contains(where: \.isStaged)
    }

    /// What was fetched for many values.
    struct Fetched: Sendable {
        /// By branch.
        var slots: [[SlotWrite]]
        /// Of each value: how many of its type come before it.
        var places: [Int]
    }

    /// Fetches what must be fetched, each field of each type once for all values of that type, the types beside each other.
    func prepare(_ values: [Value], _ execution: Execution<Context>) -> Eventual<Fetched> {
        var members = [[Value]](repeating: [], count: branches.count)
        let places = values.map { value in
            guard let branch = branches.firstIndex(where: { $0.matches(value) }) else { return 0 }
            members[branch].append(value)
            return members[branch].count - 1
        }
        var slots = [[SlotWrite]](repeating: [], count: branches.count)
        var waiting: [(branch: Int, wait: @Sendable () async -> [SlotWrite])] = []
        for (number, branch) in branches.enumerated() where branch.isStaged {
            switch branch.prepare(members[number], execution) {
            case .now(let had): slots[number] = had
            case .later(let wait): waiting.append((number, wait))
            }
        }
        if waiting.isEmpty { return .now(Fetched(slots: slots, places: places)) }
        return .later { [slots, waiting] in
            var slots = slots
            await withTaskGroup(of: (Int, [SlotWrite]).self) { group in
                for (branch, wait) in waiting { group.addTask { (branch, await wait()) } }
                for await (branch, had) in group { slots[branch] = had }
            }
            return Fetched(slots: slots, places: places)
        }
    }

    /// Writes the value of that number. Nothing is fetched where no field of any type waits for something.
    func write(
        _ value: Value, _ fetched: Fetched?, _ index: Int, _ execution: Execution<Context>, _ output: inout Output
    ) -> Bool {
        for (number, branch) in branches.enumerated() {
            let written = branch.write(
                value, fetched?.slots[number] ?? [], fetched?.places[index] ?? 0, execution, &output)
            if let written { return written }
        }
        output.report(FieldError("A value of \(name) is none of its types.", code: .internalError))
        return false
    }
}
