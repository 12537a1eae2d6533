package import Core
import JSON

/// How an action on several things ended, one by one.
package struct ItemResults: Equatable, Sendable {
    package struct Item: Equatable, Sendable {
        package var id: String
        package var name: String
        /// Nil as long as nobody said how it ended.
        package var result: Result<String, CommandFailure>?
    }

    package private(set) var items: [Item]

    package init(_ machines: [Machine]) {
        items = machines.map { Item(id: $0.id.rawValue, name: $0.name) }
    }

    package mutating func set(_ place: Int, _ result: Result<String, CommandFailure>) {
        items[place].result = result
    }

    package mutating func set(_ place: Int, _ outcome: Outcome) {
        set(place, outcome.success ? .success(outcome.message) : .failure(.failed(outcome.message)))
    }

    /// The connection ended: what is still open may have been done or not.
    package mutating func lose(_ failure: CommandFailure) {
        for place in items.indices where items[place].result == nil { items[place].result = .failure(failure) }
    }

    /// The most serious of all ends: not allowed, then not reachable, then failed.
    package var status: Int32 {
        items.map { item in
            switch item.result {
            case .success: 0
            case .failure(let failure): failure.status
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
            if success { done += line } else { failed += line }
        }
        return (done, failed)
    }

    package var json: String {
        let rows = items.map { item -> JSONValue in
            let (success, message) = Self.told(item)
            return [
                "id": .string(item.id), "name": .string(item.name), "success": .bool(success),
                "message": .string(message),
            ]
        }
        return SafeText.json(JSONValue.array(rows).text) + "\n"
    }

    private static func told(_ item: Item) -> (Bool, String) {
        switch item.result {
        case .success(let message): (true, message)
        case .failure(let failure): (false, failure.message)
        case nil: (false, "the server gave no answer")
        }
    }
}
