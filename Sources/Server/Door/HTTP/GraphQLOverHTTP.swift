package import Core
import JSON
import NIOCore
package import NIOHTTP1

/// How GraphQL requests stand in HTTP requests, and when they are refused without being run. The words are those of Apollo
/// Server, because clients and their authors know them.
///
/// Source: <https://www.apollographql.com/docs/apollo-server/workflow/requests>
package enum GraphQLOverHTTP {
    /// Why a request is not run.
    package struct Refusal: Error, Equatable {
        package var status: HTTPResponseStatus
        package var message: String
        package var code = "BAD_REQUEST"
        package var allow: String?

        /// The client then sends the document whole, with its digest.
        static var persistedQueryNotFound: Refusal {
            var refusal = Refusal("PersistedQueryNotFound", status: .ok)
            refusal.code = "PERSISTED_QUERY_NOT_FOUND"
            return refusal
        }

        init(_ message: String, status: HTTPResponseStatus = .badRequest, allow: String? = nil) {
            self.message = message
            self.status = status
            self.allow = allow
        }
    }

    /// Reads the operation that a request asks for.
    /// - Parameter kept: where documents are found that are asked for by their digest.
    package static func operation(
        in request: HTTPRequest, kept: PersistedQueries = PersistedQueries()
    ) throws(Refusal) -> OperationRequest {
        guard isSafeFromForgery(request) else { throw forgery }
        switch request.method {
        case .POST: return try posted(request).operation(kept)
        case .GET: return try linked(request).operation(kept)
        default:
            throw Refusal(
                "GraphQL is served to GET and POST requests.", status: .methodNotAllowed, allow: "GET, POST")
        }
    }

    /// The type of the answer that the client wants; nil where it wants something else altogether.
    package static func answerType(for request: HTTPRequest) -> String? {
        guard let accept = request.header("Accept"), accept != "*/*" else { return MediaType.json }
        switch MediaRange.best(of: ["application/json", "application/graphql-response+json"], for: accept) {
        case nil: return nil
        case "application/json": return MediaType.json
        default: return MediaType.graphQL
        }
    }

    // MARK: Forgery

    /// Headers that no page can send to another site unasked: a browser asks the server beforehand.
    private static let preflightHeaders = ["x-apollo-operation-name", "apollo-require-preflight"]
    /// What a page may send to any site without asking.
    private static let simpleTypes = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]

    /// Whether a browser would have asked before letting a foreign page send this.
    package static func isSafeFromForgery(_ request: HTTPRequest) -> Bool {
        if let type = request.header("Content-Type") {
            guard let range = MediaRange(type), simpleTypes.contains(range.name) else { return true }
        }
        return preflightHeaders.contains { !(request.header($0) ?? "").isEmpty }
    }

    private static let forgery = Refusal(
        "This operation has been blocked as a potential Cross-Site Request Forgery (CSRF). Please either specify a "
            + "'content-type' header (with a type that is not one of \(simpleTypes.joined(separator: ", "))) or provide "
            + "a non-empty value for one of the following headers: \(preflightHeaders.joined(separator: ", "))")

    // MARK: POST

    private static func posted(_ request: HTTPRequest) throws(Refusal) -> Parts {
        guard let range = request.header("Content-Type").flatMap({ MediaRange($0) }), range.name == "application/json",
            request.body.readableBytes > 0
        else { throw noBody }
        if let charset = range.parameters["charset"], !["utf-8", "utf8"].contains(charset.lowercased()) {
            throw Refusal("unsupported charset \"\(charset)\"", status: .unsupportedMediaType)
        }
        if let encoding = request.header("Content-Encoding"), encoding.lowercased() != "identity" {
            throw Refusal("unsupported content encoding \"\(encoding)\"", status: .unsupportedMediaType)
        }
        return try parts(json: Array(request.body.readableBytesView))
    }

    private static let noBody = Refusal(
        "POST body missing, invalid Content-Type, or JSON object has no keys.")

    private static func parts(json bytes: [UInt8]) throws(Refusal) -> Parts {
        let parts: Parts?
        do throws(JSONError) { parts = try Parts(json: bytes) } catch {
            throw Refusal("The POST body is not JSON: \(error.message)")
        }
        guard let parts, parts.hasMembers else { throw noBody }
        if parts.isBatch { throw Refusal("Operation batching disabled.") }
        return parts
    }

    // MARK: GET

    private static func linked(_ request: HTTPRequest) throws(Refusal) -> Parts {
        let parameters = request.parameters
        func value(_ name: String) throws(Refusal) -> String? {
            let values = parameters.filter { $0.name == name }
            guard values.count < 2 else {
                throw Refusal("The '\(name)' search parameter may only be specified once")
            }
            return values.first.flatMap { $0.value.isEmpty ? nil : $0.value }
        }
        func object(_ name: String) throws(Refusal) -> JSONValue? {
            guard let text = try value(name) else { return nil }
            guard let value = try? JSONValue(parsing: text) else {
                throw Refusal("The \(name) search parameter contains invalid JSON.")
            }
            guard value.object != nil || value.isNull else {
                throw Refusal("The \(name) search parameter should contain a JSON-encoded object.")
            }
            return value
        }
        var parts = Parts()
        parts.query = try value("query").map { .string($0) }
        parts.operationName = try value("operationName").map { .string($0) }
        parts.variables = try object("variables")
        parts.extensions = try object("extensions")
        return parts
    }
}

/// The members of a request, of whatever kind they are.
private struct Parts {
    private static let names = JSONNames("query", "operationName", "variables", "extensions")

    /// Several requests in one: refused, because one answer would wait for the slowest.
    var isBatch = false
    var query: JSONValue?
    var operationName: JSONValue?
    var variables: JSONValue?
    var extensions: JSONValue?

    init() {}

    /// Nil where the text is neither an object nor an array.
    init?(json bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        var parts = Parts()
        switch try reader.peek() {
        case .object:
            try reader.object(Self.names) { name, reader throws(JSONError) in
                switch name {
                case 0: parts.query = try reader.value()
                case 1: parts.operationName = try reader.value()
                case 2: parts.variables = try reader.value()
                default: parts.extensions = try reader.value()
                }
            }
        case .array:
            parts.isBatch = true
            try reader.skip()
        default: return nil
        }
        try reader.end()
        self = parts
    }

    var hasMembers: Bool {
        isBatch || query != nil || operationName != nil || variables != nil || extensions != nil
    }

    func operation(_ kept: PersistedQueries) throws(GraphQLOverHTTP.Refusal) -> OperationRequest {
        let variables = try object(variables, "variables")
        let digest = try digest()
        let query: String
        switch self.query {
        case .string(let text) where !text.isEmpty:
            if let digest, !kept.keep(text, as: digest) {
                throw GraphQLOverHTTP.Refusal("provided sha does not match query")
            }
            query = text
        case nil, .null, .string:
            if let digest {
                guard let text = kept.text(of: digest) else { throw .persistedQueryNotFound }
                query = text
                break
            }
            throw GraphQLOverHTTP.Refusal(
                "GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension.")
        default: throw GraphQLOverHTTP.Refusal("GraphQL queries must be strings.")
        }
        let name: String?
        switch operationName {
        case nil, .null: name = nil
        case .string(let text): name = text.isEmpty ? nil : text
        default: throw GraphQLOverHTTP.Refusal("`operationName` in a POST body should be a string.")
        }
        return OperationRequest(query: query, variables: variables, operationName: name)
    }

    /// The digest that the document is known by; nil where the client speaks of none.
    private func digest() throws(GraphQLOverHTTP.Refusal) -> String? {
        guard let persisted = try object(extensions, "extensions")["persistedQuery"], !persisted.isNull else {
            return nil
        }
        guard persisted["version"]?.int == 1, let digest = persisted["sha256Hash"]?.string else {
            throw GraphQLOverHTTP.Refusal("Unsupported persisted query version")
        }
        return digest
    }

    private func object(
        _ value: JSONValue?, _ name: String
    ) throws(GraphQLOverHTTP.Refusal) -> JSONObject {
        switch value {
        case nil, .null: return JSONObject()
        case .object(let object): return object
        case .string:
            throw GraphQLOverHTTP.Refusal(
                "`\(name)` in a POST body should be provided as an object, not a recursively JSON-encoded string.")
        default: throw GraphQLOverHTTP.Refusal("`\(name)` in a POST body must be an object if provided.")
        }
    }
}
