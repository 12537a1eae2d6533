import JSON

/// How an action on several things ended, one by one.
package struct ItemResults: Equatable, Sendable {
    package struct Item: Equatable, Sendable {
        package var id: String?
        package var name: String
        /// Nil as long as nobody said how it ended.
        package var result: Result<String, CallError>?

        package init(id: String?, name: String) {
            self.id = id
            self.name = name
        }
    }

    package private(set) var items: [Item] = []

    package init() {}

    /// The place of a further thing; nil for an id where the name names nothing.
    package mutating func add(_ name: String, id: String?) -> Int {
        items.append(Item(id: id, name: name))
        return items.count - 1
    }

    /// - Parameter done: what to say of a change that the server says nothing of.
    package mutating func set(_ place: Int, _ result: Result<Reply, CallError>, done: String) {
        switch result {
        case .success(.outcome(let outcome)): set(place, outcome)
        case .success(.adopted(let outcomes)):
            set(place, outcomes.first?.outcome ?? Outcome(success: false, message: "the server said nothing of it"))
        case .success(.document(let payload)): set(place, Documents.outcome(payload))
        case .success: set(place, .success(done))
        case .failure(let error): set(place, .failure(error))
        }
    }

    package mutating func set(_ place: Int, _ result: Result<String, CallError>) {
        items[place].result = result
    }

    package mutating func set(_ place: Int, _ outcome: Outcome) {
        set(
            place,
            outcome.success
                ? .success(outcome.message) : .failure(.failed([OperationFailure(message: outcome.message)])))
    }

    /// The most serious of all ends: not allowed, then not reachable, then failed.
    package var status: Int32 {
        items.map { item in
            switch item.result {
            case .success: 0
            case .failure(let failure): failure.exitStatus
            case nil: 1
            }
        }.max() ?? 0
    }

    /// Lines for people: what was done, and what was not.
    package var lines: (done: String, failed: String) {
        var done = ""
        var failed = ""
        for item in items {
            let (success, message) = Self.told(item)
            let line = Text.sanitised("\(item.name): \(message)") + "\n"
            if success { done += line } else { failed += "bay: " + line }
        }
        return (done, failed)
    }

    package var json: String {
        let rows = items.map { item -> JSONValue in
            let (success, message) = Self.told(item)
            return [
                "id": item.id.map { .string($0) } ?? .null, "name": .string(item.name), "success": .bool(success),
                "message": .string(message),
            ]
        }
        return String(decoding: SafeJSON.escaped(.array(rows)), as: UTF8.self) + "\n"
    }

    private static func told(_ item: Item) -> (Bool, String) {
        switch item.result {
        case .success(let message): (true, message)
        case .failure(let failure): (false, failure.message)
        case nil: (false, "the server gave no answer")
        }
    }
}
