public import JSON

/// A failure that the client may read. Whatever else a resolver throws is shown as an internal error.
public struct FieldError: Error, Equatable {
    /// What a program can act on; the words that servers of GraphQL commonly use.
    public struct Code: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { rawValue = value }

        public static let badInput: Code = "BAD_USER_INPUT"
        public static let notFound: Code = "NOT_FOUND"
        public static let conflict: Code = "CONFLICT"
        public static let unauthorized: Code = "UNAUTHORIZED"
        public static let unauthenticated: Code = "UNAUTHENTICATED"
        public static let forbidden: Code = "FORBIDDEN"
        public static let unavailable: Code = "UNAVAILABLE"
        public static let cancelled: Code = "CANCELLED"
        /// More than the limits allow.
        public static let exhausted: Code = "RESOURCE_EXHAUSTED"
        /// The time limit passed before all was fetched.
        public static let timeout: Code = "TIMEOUT"
        /// What a resolver threw, unless it says better.
        public static let internalError: Code = "INTERNAL_SERVER_ERROR"

        // Of requests that were not executed, named as Apollo Server names them.

        /// The document is not GraphQL.
        public static let parseFailed: Code = "GRAPHQL_PARSE_FAILED"
        /// The document does not fit the schema, or is more than the limits allow.
        public static let validationFailed: Code = "GRAPHQL_VALIDATION_FAILED"
        /// The document does not have the operation that the request names.
        public static let operationResolution: Code = "OPERATION_RESOLUTION_FAILURE"
    }

    public var message: String
    /// Shown as `INTERNAL_SERVER_ERROR` when there is none.
    public var code: Code?
    /// Members of `extensions` beside `code`.
    public var extensions: JSONObject
    /// The place in the document that is to blame, if it is not the whole field.
    var location: Location?

    public init(_ message: String, code: Code? = nil, extensions: JSONObject = JSONObject()) {
        self.message = message
        self.code = code
        self.extensions = extensions
    }

    public init(message: String, code: Code? = nil, extensions: JSONObject = JSONObject()) {
        self.init(message, code: code, extensions: extensions)
    }
}

/// An error of a feature that says itself how clients shall see it, so that no resolver has to translate.
public protocol FieldErrorConvertible: Error {
    var fieldError: FieldError { get }
    /// False for a case that is nobody's business but the log's: it is shown as an internal error.
    var isForClients: Bool { get }
}

extension FieldErrorConvertible {
    public var isForClients: Bool { true }
}

/// One entry of `errors` in an answer.
/// Source: <https://spec.graphql.org/October2021/#sec-Errors.Error-result-format>
public struct ResponseError: Sendable, Equatable {
    public enum PathElement: Sendable, Equatable {
        case field(String)
        case index(Int)
    }

    public var error: FieldError
    public var positions: [SourcePosition]
    /// From the root to the field; empty for an error of the whole request.
    public var path: [PathElement]

    public init(_ error: FieldError, positions: [SourcePosition] = [], path: [PathElement] = []) {
        self.error = error
        self.positions = positions
        self.path = path
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("message")
        writer.string(error.message)
        if !positions.isEmpty {
            writer.name("locations")
            writer.beginArray()
            for position in positions {
                writer.beginObject()
                writer.name("line")
                writer.int(position.line)
                writer.name("column")
                writer.int(position.column)
                writer.endObject()
            }
            writer.endArray()
        }
        if !path.isEmpty {
            writer.name("path")
            writer.beginArray()
            for element in path {
                switch element {
                case .field(let name): writer.string(name)
                case .index(let index): writer.int(index)
                }
            }
            writer.endArray()
        }
        writer.name("extensions")
        var extensions = error.extensions
        extensions["code"] = .string((error.code ?? .internalError).rawValue)
        writer.value(.object(extensions))
        writer.endObject()
    }
}

/// Why a request was not executed at all: it is not GraphQL, or does not fit the schema.
public struct RequestError: Error, Equatable {
    public var errors: [ResponseError]

    public init(_ errors: [ResponseError]) { self.errors = errors }

    public init(_ message: String, code: FieldError.Code = .validationFailed) {
        errors = [ResponseError(FieldError(message, code: code))]
    }

    /// The JSON array of the errors, the payload of an `error` message of graphql-transport-ws.
    public var errorsJSON: [UInt8] {
        var writer = JSONWriter()
        writer.write(errors)
        return writer.bytes
    }

    /// A whole answer: `{"errors":[…]}`.
    public var answer: [UInt8] { answer(withData: false) }

    /// With `data`, which is null, when the request was executed but has no answer.
    func answer(withData: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("errors")
        writer.write(errors)
        if withData {
            writer.name("data")
            writer.null()
        }
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    mutating func write(_ errors: [ResponseError]) {
        beginArray()
        for error in errors { error.write(to: &self) }
        endArray()
    }
}
