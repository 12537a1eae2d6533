package import JSON

/// A GraphQL request as every door decodes it.
///
/// Source: <https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters>
package struct OperationRequest: Equatable, Sendable {
    package var query: String
    package var variables: JSONObject
    package var operationName: String?

    package init(query: String, variables: JSONObject = JSONObject(), operationName: String? = nil) {
        self.query = query
        self.variables = variables
        self.operationName = operationName
    }
}

extension OperationRequest {
    /// Reads the request's object.
    init(from reader: inout JSONReader) throws(JSONError) {
        var query: String?
        var variables = JSONObject()
        var operationName: String?
        let start = reader.offset()
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "query": query = try reader.string()
            case "operationName": operationName = try reader.null() ? nil : try reader.string()
            case "variables":
                if try reader.null() { return }
                guard case .object(let object) = try reader.value() else {
                    throw JSONError(problem: .expected("variables as an object"), offset: reader.offset())
                }
                variables = object
            default: try reader.skip()
            }
        }
        guard let query else { throw JSONError(problem: .expected("a query"), offset: start) }
        self.init(query: query, variables: variables, operationName: operationName)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("query")
        writer.string(query)
        if let operationName {
            writer.name("operationName")
            writer.string(operationName)
        }
        if !variables.isEmpty {
            writer.name("variables")
            writer.value(.object(variables))
        }
        writer.endObject()
    }
}
