/// Whatever runs statements: a `Database`, or one transaction of it.
public protocol Queryable: Sendable {
    func rows(_ statement: Statement) async throws(DatabaseError) -> Rows
    /// Runs statements one after the other, in one round trip. Behind one that fails none is run, and its failure is thrown.
    func rows(_ statements: [Statement]) async throws(DatabaseError) -> [Rows]
}

extension Queryable {
    /// The first row, if there is one.
    public func row(_ statement: Statement) async throws(DatabaseError) -> Row? { try await rows(statement).first }

    /// Runs a statement for its effect. Returns how many rows it changed.
    @discardableResult
    public func execute(_ statement: Statement) async throws(DatabaseError) -> Int {
        try await rows(statement).affected
    }
}
