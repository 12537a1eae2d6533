import Core
import JSON

/// What is asked of the server about the catalogue of applications.
package enum ApplicationOperation: Equatable, Sendable {
    case list

    var request: OperationRequest {
        OperationRequest(query: "{ applications { id name description os createdAt } }")
    }

    func read(_ reader: inout JSONReader) throws(JSONError) -> Reply {
        .applications(try reader.list { reader throws(JSONError) in try Application(reading: &reader) })
    }
}

extension Application {
    /// How it is installed is not asked for, and so not in it.
    init(reading reader: inout JSONReader) throws(JSONError) {
        var application = Application(
            id: ID(""), name: "", systems: [], installCommand: JSONObject(), createdAt: Timestamp(milliseconds: 0))
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "id": application.id = ID(try reader.string())
            case "name": application.name = try reader.string()
            case "description": application.description = try reader.optionalString()
            case "os": application.systems = try reader.list { reader throws(JSONError) in try reader.string() }
            case "createdAt": application.createdAt = try reader.time()
            default: try reader.skip()
            }
        }
        self = application
    }
}
