package import JSON

/// A failure that the client may read. Whatever else a resolver throws is shown as an internal error.
package struct FieldError: Error, Equatable {
    /// What a program can act on; the words that servers of GraphQL commonly use.
    package struct Code: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        package var rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(stringLiteral value: String) { rawValue = value }

        package static let badInput: Code = "BAD_USER_INPUT"
        package static let notFound: Code = "NOT_FOUND"
        package static let conflict: Code = "CONFLICT"
        package static let unauthorized: Code = "UNAUTHORIZED"
        package static let unauthenticated: Code = "UNAUTHENTICATED"
        package static let forbidden: Code = "FORBIDDEN"
        package static let unavailable: Code = "UNAVAILABLE"
        package static let cancelled: Code = "CANCELLED"
        /// More than the limits allow.
        package static let exhausted: Code = "RESOURCE_EXHAUSTED"
        /// The time limit passed before all was fetched.
        package static let timeout: Code = "TIMEOUT"
        /// What a resolver threw, unless it says better.
        package static let internalError: Code = "INTERNAL_SERVER_ERROR"

        // Of requests that were not executed, named as Apollo Server names them.

        /// The document is not GraphQL.
        package static let parseFailed: Code = "GRAPHQL_PARSE_FAILED"
        /// The document does not fit the schema, or is more than the limits allow.
        package static let validationFailed: Code = "GRAPHQL_VALIDATION_FAILED"
        /// The document does not have the operation that the request names.
        package static let operationResolution: Code = "OPERATION_RESOLUTION_FAILURE"
    }

    package var message: String
    /// Shown as `INTERNAL_SERVER_ERROR` when there is none.
    package var code: Code?
    /// Members of `extensions` beside `code`.
    package var extensions: JSONObject
    /// The place in the document that is to blame, if it is not the whole field.
    var location: Location?

    package init(_ message: String, code: Code? = nil, extensions: JSONObject = JSONObject()) {
        self.message = message
        self.code = code
        self.extensions = extensions
    }

    package init(message: String, code: Code? = nil, extensions: JSONObject = JSONObject()) {
        self.init(message, code: code, extensions: extensions)
    }
}

/// An error of a feature that says itself how clients shall see it, so that no resolver has to translate.
package protocol FieldErrorConvertible: Error {
    var fieldError: FieldError { get }
    /// False for a case that is nobody's business but the log's: it is shown as an internal error.
    var isForClients: Bool { get }
}

extension FieldErrorConvertible {
    package var isForClients: Bool { true }
}

/// One entry of `errors` in an answer.
/// Source: <https://spec.graphql.org/October2021/#sec-Errors.Error-result-format>
package struct ResponseError: Sendable, Equatable {
    package enum PathElement: Sendable, Equatable {
        case field(String)
        case index(Int)
    }

    package var error: FieldError
    package var positions: [SourcePosition]
    /// From the root to the field; empty for an error of the whole request.
    package var path: [PathElement]

    package init(_ error: FieldError, positions: [SourcePosition] = [], path: [PathElement] = []) {
        self.error = error
        self.positions = positions
        self.path = path
    }

    package func write(to writer: inout JSONWriter) {
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
package struct RequestError: Error, Equatable {
    package var errors: [ResponseError]

    package init(_ errors: [ResponseError]) { self.errors = errors }

    package init(_ message: String, code: FieldError.Code = .validationFailed) {
        errors = [ResponseError(FieldError(message, code: code))]
    }

    /// The JSON array of the errors, the payload of an `error` message of graphql-transport-ws.
    package var errorsJSON: [UInt8] {
        var writer = JSONWriter()
        writer.write(errors)
        return writer.bytes
    }

    /// A whole answer: `{"errors":[…]}`.
    package var answer: [UInt8] { answer(withData: false) }

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
