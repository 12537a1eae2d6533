package import Core
package import GraphQL
package import JSON

// What several features use: scalars, enums, and the answer "it worked, or why not".

extension Timestamp: GraphQLScalar {
    package static var scalarName: String { "DateTimeISO" }
    package static var scalarDescription: String? { "An instant as in `2025-11-21T10:15:30.000Z`, always in UTC." }

    package func write(to writer: inout JSONWriter) {
        if let text = iso8601Text { writer.encoded(text.span) } else { writer.string(iso8601) }
    }

    package static func leafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Timestamp
    ) -> LeafWrite<Parent> {
        { parent, name, output in
            value(parent).write(behind: name, &output)
            return true
        }
    }

    package static func optionalLeafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Timestamp?
    ) -> LeafWrite<Parent> {
        { parent, name, output in
            if let instant = value(parent) {
                instant.write(behind: name, &output)
            } else {
                output.writer.nullMember(name)
            }
            return true
        }
    }

    private func write(behind name: [UInt8], _ output: inout Output) {
        if let text = iso8601Text {
            output.writer.member(name, encoded: text.span)
        } else {
            output.writer.member(name, iso8601)
        }
    }

    package init(graphQL value: JSONValue) throws(InputError) {
        guard let text = value.string, let instant = Timestamp(iso8601: text) else {
            throw InputError("DateTimeISO cannot represent value: \(value.text)")
        }
        self = instant
    }
}

extension Machine.ID: GraphQLIdentifier {}
extension Department.ID: GraphQLIdentifier {}

extension UserRole: GraphQLEnum {}

/// Whether something was done, and a sentence about it.
struct Success: GraphQLObject {
    var success: Bool
    var message: String

    init(_ message: String) {
        success = true
        self.message = message
    }

    init(failure message: String) {
        success = false
        self.message = message
    }
}

enum OrderByDirection: String, GraphQLEnum {
    case ascending = "ASC"
    case descending = "DESC"
}

/// Which part of a list is wanted.
struct Pagination: GraphQLInputObject {
    var skip: Int
    var take: Int
}

let sharedSchema = SchemaPart<RequestContext> {
    Object(Success.self, name: "SuccessType") {
        Field("success", \.success)
        Field("message", \.message)
    }
    Enum(UserRole.self)
    Enum(OrderByDirection.self)
    Input(
        Pagination.self, name: "PaginationInputType", Argument<Int?>("skip", default: 0),
        Argument<Int?>("take", default: 20)
    ) { Pagination(skip: $0 ?? 0, take: $1 ?? 20) }
}
