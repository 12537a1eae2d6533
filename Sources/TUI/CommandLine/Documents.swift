package import Core
package import JSON

/// Documents of the command line for what the console does not ask.
package enum Documents {
    /// A shutdown with its own patience.
    package static func shutdown(_ id: Machine.ID, force: Bool, graceSeconds: Int?) -> Operation {
        .document(
            OperationRequest(
                query: """
                    mutation Shutdown($id: String!, $force: Boolean, $grace: Int) \
                    { outcome: powerOff(id: $id, force: $force, graceSeconds: $grace) { success message } }
                    """,
                variables: [
                    "id": .string(id.rawValue), "force": .bool(force), "grace": graceSeconds.map { .int($0) } ?? .null,
                ]))
    }

    /// Reads the answer to a document whose field `outcome` is a success and a message.
    package static func outcome(_ payload: [UInt8]) -> Result<String, CallError> {
        guard let answer = try? JSONValue(parsing: payload) else {
            return .failure(.failed([OperationFailure(message: "the answer could not be read")]))
        }
        if let failure = failure(in: answer) { return .failure(failure) }
        guard let outcome = answer["data"]?["outcome"], let success = outcome["success"]?.bool else {
            return .failure(.failed([OperationFailure(message: "the server sent no data")]))
        }
        let message = outcome["message"]?.string ?? ""
        return success ? .success(message) : .failure(.failed([OperationFailure(message: message)]))
    }

    /// What the `errors` of a result say, or nil when it has none.
    package static func failure(in answer: JSONValue) -> CallError? {
        guard let errors = answer["errors"]?.array, !errors.isEmpty else { return nil }
        return CallError.failed(
            errors.map {
                OperationFailure(
                    message: $0["message"]?.string ?? "the server gave no reason",
                    code: $0["extensions"]?["code"]?.string)
            })
    }
}

/// Whether to do what cannot be undone.
package enum Confirmation: Equatable, Sendable {
    case goOn
    case ask
    /// Nobody is there to be asked.
    case refuse

    package init(yes: Bool, isTerminal: Bool) { self = yes ? .goOn : isTerminal ? .ask : .refuse }

    /// Only a clear yes is one.
    package static func isYes(_ answer: String?) -> Bool {
        ["y", "yes"].contains(answer?.split(separator: " ").joined().lowercased() ?? "")
    }
}
