/// Why the database did not do what it was asked. One case for each thing that a caller can act on.
///
/// The large ones are indirect: every call that may throw carries room for an error, and copies it.
public enum DatabaseError: Error, Equatable, Sendable {
    /// PostgreSQL cannot be reached, or no connection became free in time. Nothing was done: try again later.
    case unavailable(reason: String)
    /// The connection broke while the statement ran. Whether a `COMMIT` under way took place is not known.
    case connectionLost(reason: String)
    /// The statement ran longer than allowed and was stopped.
    case timeout(reason: String)
    /// The task that asked was cancelled.
    case cancelled
    /// The data would have broken a rule of the schema.
    indirect case constraint(ConstraintViolation)
    /// Another transaction was in the way: run the whole transaction again.
    indirect case conflict(ServerError)
    /// Any other complaint of PostgreSQL, such as a mistake in the SQL.
    indirect case server(ServerError)
    /// A value cannot be sent to PostgreSQL, such as text that holds a NUL.
    case parameter(reason: String)
    /// A column is not there, is null, or holds another type than the program asked for.
    indirect case decoding(DecodingProblem)
}

/// A complaint of PostgreSQL in its own parts: what happened, the technical cause, what to try.
public struct ServerError: Error, Equatable, Sendable {
    /// Five characters; PostgreSQL manual, appendix A.
    public var sqlState: String
    public var message: String
    public var detail: String?
    public var hint: String?
    /// The character of the SQL text, counted from 1, at which the mistake was found.
    public var position: Int?
    public var constraint: String?
    public var table: String?
    public var column: String?

    public init(sqlState: String, message: String, detail: String? = nil, hint: String? = nil) {
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
    }

    /// Of a statement that was not run, or of a `COMMIT` that was none: one before it failed.
    static let afterFailure = ServerError(sqlState: "25P02", message: "a statement of the transaction failed")
}

/// The rule of the schema that a statement would have broken.
public struct ConstraintViolation: Equatable, Sendable {
    public enum Kind: Sendable { case unique, foreignKey, check, notNull, exclusion }
    public var kind: Kind
    public var constraint: String?
    public var table: String?
    /// Set for `notNull`; for a key the names are in `error.detail`.
    public var column: String?
    public var error: ServerError
}

/// What a row did not hold although the program expected it.
public struct DecodingProblem: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        /// No such column; the names are those that the result has.
        case missing(has: [String])
        case null
        /// The column's type by its name, or by its number where it has none here.
        case type(String)
        /// The type is right and the value is not, such as a number out of range.
        case value(String)
    }
    public var column: String
    public var expected: String
    public var kind: Kind
}

extension DatabaseError {
    /// Whether the same work, begun anew, may well succeed.
    public var isRetryable: Bool {
        if case .conflict = self { true } else { false }
    }

    /// One line for people: lower case, no full stop.
    public var message: String {
        switch self {
        case .unavailable(let reason): "database is not available: \(reason)"
        case .connectionLost(let reason): "connection to the database was lost: \(reason)"
        case .timeout(let reason): "database took too long: \(reason)"
        case .cancelled: "cancelled"
        case .constraint(let violation): violation.error.message
        case .conflict(let error), .server(let error): error.message
        case .parameter(let reason): "value cannot be stored: \(reason)"
        case .decoding(let problem): problem.message
        }
    }

    /// The cause alone, to go behind words of the caller's own.
    public var reason: String {
        switch self {
        case .unavailable(let reason), .connectionLost(let reason), .timeout(let reason): reason
        default: message
        }
    }

    public var detail: String? { serverError?.detail }
    public var hint: String? { serverError?.hint }

    public var serverError: ServerError? {
        switch self {
        case .constraint(let violation): violation.error
        case .conflict(let error), .server(let error): error
        default: nil
        }
    }

    /// Sorts a complaint of PostgreSQL by its SQLSTATE.
    public init(_ error: ServerError) {
        func violation(_ kind: ConstraintViolation.Kind) -> DatabaseError {
            .constraint(
                ConstraintViolation(
                    kind: kind, constraint: error.constraint, table: error.table, column: error.column, error: error))
        }
        self =
            switch error.sqlState {
            case "23505": violation(.unique)
            case "23503", "23001": violation(.foreignKey)
            case "23514": violation(.check)
            case "23502": violation(.notNull)
            case "23P01": violation(.exclusion)
            case "40001", "40P01", "55P03": .conflict(error)
            case "57014", "25P03", "25P04": .timeout(reason: error.message)
            case "57P01", "57P02", "57P05": .connectionLost(reason: error.message)
            // Libpq's own words, which have no state, for what will not be answered any more.
            case "": .connectionLost(reason: error.message)
            case "57P03", "53300": .unavailable(reason: error.message)
            // Its own words name a file of the server. Nothing was done, and all goes on once there is room.
            case "53100": .unavailable(reason: "no space left on the disk that holds it")
            default: .server(error)
            }
    }
}

extension DecodingProblem {
    public var message: String {
        switch kind {
        case .missing(let names): "result has no column \"\(column)\"; it has \(names.joined(separator: ", "))"
        case .null: "column \"\(column)\" is null where \(expected) was expected"
        case .type(let name): "column \"\(column)\" is of type \(name) where \(expected) was expected"
        case .value(let what): "column \"\(column)\" holds \(what) where \(expected) was expected"
        }
    }
}
