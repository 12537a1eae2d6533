/// SQL with its parameters. What is interpolated becomes a parameter and never text:
///
///     let row = try await database.row("SELECT name FROM \"Machine\" WHERE id = \(id)")
///
/// The text consists of literals of the program alone: the type system refuses a `String` made at run time. Parts that
/// depend on a choice are statements themselves, and interpolating one joins both:
///
///     let order: Statement = descending ? "ORDER BY name DESC" : "ORDER BY name"
///     try await database.rows("SELECT id FROM \"Machine\" \(order) LIMIT \(limit)")
///
/// PostgreSQL infers the type of a text parameter from its place, so that an enum or a time can be given as text. Where
/// the place says nothing, as in `IS NULL`, the type has to be written: `\(state)::text IS NULL`.
public struct Statement: Sendable, ExpressibleByStringInterpolation {
    public typealias StringLiteralType = StaticString

    /// The literals by address and length, and the types of the parameters: equal keys mean equal text. Comparing these
    /// few words costs less than making the text, which only a statement that is not prepared yet needs.
    var key: [UInt] = []
    var parameters = ParameterBuffer()

    public init(stringLiteral value: StaticString) { append(value) }
    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.statement }

    public struct StringInterpolation: StringInterpolationProtocol {
        public typealias StringLiteralType = StaticString
        fileprivate var statement = Statement()

        public init(literalCapacity: Int, interpolationCount: Int) {
            statement.key.reserveCapacity(interpolationCount * 4 + 2)
            statement.parameters.reserve(interpolationCount)
        }
        public mutating func appendLiteral(_ literal: StaticString) { statement.append(literal) }
        public mutating func appendInterpolation(_ value: some SQLParameter) { statement.append(value) }
        /// Optionals have an overload of their own, because the compiler takes one for a slip elsewhere.
        public mutating func appendInterpolation<T: SQLParameter>(_ value: T?) { statement.append(value) }
        public mutating func appendInterpolation(_ bytes: [UInt8]) { statement.append(SQLBytes(bytes: bytes)) }
        public mutating func appendInterpolation(_ bytes: [UInt8]?) {
            statement.append(bytes.map(SQLBytes.init(bytes:)))
        }
        public mutating func appendInterpolation(_ part: Statement) { statement.append(part) }
    }

    private init() {}

    /// Two literals of the program, one behind the other.
    init(_ first: StaticString, _ second: StaticString) {
        append(first)
        append(second)
    }

    /// Marks a parameter in `key`; no literal lies at so low an address.
    private static let parameterMark: UInt = 1

    private mutating func append(_ literal: StaticString) {
        guard literal.utf8CodeUnitCount > 0 else { return }
        precondition(literal.hasPointerRepresentation, "SQL of a single character is not supported")
        key.append(unsafe UInt(bitPattern: literal.utf8Start))
        key.append(UInt(literal.utf8CodeUnitCount))
    }

    private mutating func append(_ value: some SQLParameter) {
        key.append(Self.parameterMark)
        key.append(UInt(parameters.append(value)))
    }

    private mutating func append(_ part: Statement) {
        key.append(contentsOf: part.key)
        parameters.append(contentsOf: part.parameters)
    }

    /// The text with `$1`, `$2`, ... in place of the parameters.
    public var text: String {
        var bytes: [UInt8] = []
        var parameter = 0
        for index in stride(from: 0, to: key.count, by: 2) {
            if key[index] == Self.parameterMark {
                parameter += 1
                bytes.append(contentsOf: "$\(parameter)".utf8)
            } else {
                // The address and length of a StaticString, which lives as long as the program.
                let start = unsafe UnsafePointer<UInt8>(bitPattern: key[index])
                unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: Int(key[index + 1])))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
