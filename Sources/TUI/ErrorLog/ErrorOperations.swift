package import Core
import JSON

/// What is asked of the server about errors.
package enum ErrorOperation: Equatable, Sendable {
    case list
    /// Those that every screen tells of: open, and bad.
    case alerts
    case resolve([ErrorEntry.ID])

    /// How many of the newest errors are shown.
    package static let pageSize = 500
    /// So many open ones are counted; there being more is said as "many".
    package static let mostAlerts = 100

    var isMutation: Bool { if case .resolve = self { true } else { false } }

    private static let fields =
        "id message code severity context timestamp lastAt count resolved resolvedAt resolvedBy"

    var request: OperationRequest {
        switch self {
        case .list:
            OperationRequest(
                query: "query Errors($take: Int) { errorLogs(pagination: {take: $take}) { \(Self.fields) } }",
                variables: ["take": .int(Self.pageSize)])
        case .alerts:
            OperationRequest(
                query: """
                    query Alerts($take: Int) { errorLogs(filter: {resolved: false, severities: [CRITICAL, HIGH]}, \
                    pagination: {take: $take}) { \(Self.fields) } }
                    """,
                variables: ["take": .int(Self.mostAlerts)])
        case .resolve(let ids):
            OperationRequest(
                query: "mutation Resolve($ids: [ID!]!) { resolveErrors(ids: $ids) { id } }",
                variables: ["ids": .array(ids.map { .string($0.rawValue) })])
        }
    }

    func read(_ reader: inout JSONReader) throws(JSONError) -> Reply {
        if isMutation {
            try reader.skip()
            return .done
        }
        return .errors(try reader.list { reader throws(JSONError) in try ErrorEntry(reading: &reader) })
    }
}

extension ErrorEntry {
    init(reading reader: inout JSONReader) throws(JSONError) {
        let zero = Timestamp(milliseconds: 0)
        var entry = ErrorEntry(
            id: ErrorEntry.ID(""), message: "", code: "", severity: .low, at: zero, lastAt: zero)
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "id": entry.id = ErrorEntry.ID(try reader.string())
            case "message": entry.message = try reader.string()
            case "code": entry.code = try reader.string()
            case "severity": entry.severity = ErrorSeverity(rawValue: try reader.string()) ?? .low
            case "context": entry.context = try reader.value().object ?? JSONObject()
            case "timestamp": entry.at = try reader.time()
            case "lastAt": entry.lastAt = try reader.time()
            case "count": entry.count = try reader.int()
            case "resolved": entry.isResolved = try reader.bool()
            case "resolvedAt": entry.resolvedAt = try reader.optionalTime()
            case "resolvedBy": entry.resolvedBy = try reader.optionalString()
            default: try reader.skip()
            }
        }
        self = entry
    }
}
