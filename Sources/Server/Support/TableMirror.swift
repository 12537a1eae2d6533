package import Postgres
import Synchronization

/// The rows of a table in memory, for tables that are read much more often than they change.
///
/// A reader sees what a statement that is sent at the same moment would see, as far as anybody can tell:
///
/// - A change that is made through this server is known before it is answered: its transaction says what it changed
///   (`Transaction.changes`), and readers that come after its end wait until those rows are read anew.
/// - A change that another bayd or another program commits is known as soon as PostgreSQL's notification of it arrives,
///   which triggers on the table send with the commit: before the event that tells of the same change, within a millisecond
///   or so on a machine that is not overloaded, and at the latest after `maximumAge`, should a connection be dead without
///   anybody having noticed.
/// - While nothing is listened to, because the connection is down, nothing is kept, and readers ask the database.
package final class TableMirror<Row: Sendable>: Sendable {
    /// Reads the rows of some ids, or at most so many of all, if nil, in the order that the mirror has.
    package typealias Read =
        @Sendable (_ database: Database, _ ids: [String]?, _ limit: Int) async throws(DatabaseError) -> [Row]

    /// All rows of the table.
    package struct Contents: Sendable {
        package fileprivate(set) var rows: [Row] = []
        private var places: [String: Int] = [:]

        fileprivate init(_ rows: [Row], by id: (Row) -> String) {
            self.rows = rows
            places = Dictionary(
                rows.enumerated().map { (id($1), $0) }, uniquingKeysWith: { first, _ in first })
        }

        package subscript(id: String) -> Row? { places[id].map { rows[$0] } }

        /// Puts rows in the place of those with their ids; false if one has no place.
        fileprivate mutating func replace(with rows: [Row], by id: (Row) -> String) -> Bool {
            for row in rows {
                guard let place = places[id(row)] else { return false }
                self.rows[place] = row
            }
            return true
        }
    }

    /// What is not as it is in the database.
    fileprivate enum Stale {
        case nothing
        case some(Set<String>)
        case everything

        /// More are read faster together with all others. That nobody reads while much changes must cost nothing.
        private static var most: Int { 512 }

        mutating func add(_ ids: Set<String>?) {
            switch (self, ids) {
            case (.everything, _): break
            case (_, nil): self = .everything
            case (.nothing, let ids?): if !ids.isEmpty { self = .some(ids) }
            case (.some(var known), let ids?):
                // Let go of first, so that the set grows in its place.
                self = .everything
                known.formUnion(ids)
                if known.count <= Self.most { self = .some(known) }
            }
        }
    }

    fileprivate struct State {
        var contents: Contents?
        var stale = Stale.everything
        /// The connection by which changes would have been told.
        var connection = 0
        /// Grows with each change that is heard of.
        var changes = 0
        /// How many changes were known when the contents were asked for.
        var known = 0
        var isReading = false
        var readAt = ContinuousClock.now
        /// When to look whether a table that was too large still is.
        var tooLargeUntil: ContinuousClock.Instant?

        mutating func change(_ ids: Set<String>?) {
            changes += 1
            stale.add(ids)
        }
    }

    /// Notified by triggers.
    private static var channel: StaticString { "bay_rows" }

    private let database: Database
    private let table: String
    private let maximum: Int
    private let maximumAge: Duration
    private let id: @Sendable (Row) -> String
    private let read: Read
    private let state = Mutex(State())
    private let bell = Bell()

    /// - Parameter maximum: how many rows are kept; readers of a larger table ask the database.
    package init(
        of table: String, in database: Database, maximum: Int, maximumAge: Duration = .seconds(5),
        id: @escaping @Sendable (Row) -> String, read: @escaping Read
    ) {
        self.table = table
        self.database = database
        self.maximum = maximum
        self.maximumAge = maximumAge
        self.id = id
        self.read = read
        database.follow(table) { [weak self] ids in self?.change(ids) }
        database.listener.follow(Self.channel) { [weak self] event in
            switch event {
            case .gap: self?.change(nil)
            case .notification(_, let payload): self?.hear(payload)
            }
        }
    }

    /// The rows where nobody has to be waited for to know them as they are now.
    package var current: Contents? {
        guard let connection = database.listener.listening(to: Self.channel.description),
            case .current(let contents) = state.withLock({ $0.look(connection, maximumAge: maximumAge) })
        else { return nil }
        return contents
    }

    /// The rows as they are now. Nil where the database must be asked instead.
    package func contents() async throws(DatabaseError) -> Contents? {
        guard let connection = database.listener.listening(to: Self.channel.description) else { return nil }
        let changes: Int
        switch state.withLock({ $0.look(connection, maximumAge: maximumAge) }) {
        case .current(let contents): return contents
        case .tooLarge: return nil
        case .stale(let known): changes = known
        }
        while true {
            let rings = bell.rings
            switch state.withLock({ $0.next(connection, changes) }) {
            case .take(let contents): return contents
            case .ask: return nil
            case .wait:
                await bell.wait(beyond: rings)
                if Task.isCancelled { throw .cancelled }
            case .read(let ids, let changes): try await readAnew(ids, knowing: changes)
            }
        }
    }

    /// Reads what is stale, for all who wait.
    private func readAnew(_ ids: Set<String>?, knowing changes: Int) async throws(DatabaseError) {
        defer { bell.ring() }
        do throws(DatabaseError) {
            let rows = try await read(database, ids.map(Array.init), maximum + 1)
            state.withLock { state in
                state.isReading = false
                if let ids {
                    guard rows.count == ids.count, state.contents?.replace(with: rows, by: id) == true else {
                        // Rows have come or gone of which nobody told.
                        return state.stale = .everything
                    }
                } else if rows.count > maximum {
                    (state.contents, state.stale) = (nil, .everything)
                    return state.tooLargeUntil = .now + maximumAge
                } else {
                    state.contents = Contents(rows, by: id)
                    state.readAt = .now
                }
                state.known = changes
            }
        } catch {
            state.withLock { state in
                state.isReading = false
                state.stale.add(ids)
            }
            throw error
        }
    }

    private func change(_ ids: Set<String>?) { state.withLock { $0.change(ids) } }

    /// Takes in `Table` or `Table:id,id`.
    private func hear(_ payload: String) {
        let parts = payload.split(separator: ":", maxSplits: 1)
        guard parts.first.map(String.init) == table else { return }
        change(parts.count > 1 ? Set(parts[1].split(separator: ",").map(String.init)) : nil)
    }
}

extension TableMirror.State {
    fileprivate enum Look {
        case current(TableMirror<Row>.Contents)
        case tooLarge
        /// Readers want what is read once so many changes are known.
        case stale(changes: Int)
    }

    fileprivate mutating func look(_ number: Int, maximumAge: Duration) -> Look {
        let now = ContinuousClock.now
        if connection != number {
            // What was notified while there was none is lost.
            connection = number
            change(nil)
            tooLargeUntil = nil
        }
        if let tooLargeUntil, now < tooLargeUntil { return .tooLarge }
        tooLargeUntil = nil
        if now - readAt > maximumAge {
            readAt = now
            change(nil)
        }
        if case .nothing = stale, known == changes, let contents { return .current(contents) }
        return .stale(changes: changes)
    }

    fileprivate enum Next {
        case take(TableMirror<Row>.Contents)
        case ask
        case wait
        case read(Set<String>?, knowing: Int)
    }

    fileprivate mutating func next(_ number: Int, _ wanted: Int) -> Next {
        if connection != number || tooLargeUntil != nil { return .ask }
        if known >= wanted, let contents { return .take(contents) }
        if isReading { return .wait }
        isReading = true
        defer { stale = .nothing }
        if contents != nil, case .some(let ids) = stale { return .read(ids, knowing: changes) }
        return .read(nil, knowing: changes)
    }
}
