import CPostgres
import Dispatch
import Glibc
import Synchronization

/// Owns one `PGconn`, which is closed with it. Whoever holds the handle makes sure that one thread at a time uses it.
@safe final class PostgresHandle: @unchecked Sendable {
    let raw: OpaquePointer
    var socket: Int32 { unsafe PQsocket(raw) }

    init(adopting raw: OpaquePointer) { unsafe self.raw = raw }
    deinit { unsafe PQfinish(raw) }

    /// What libpq says about its last failure: the first line, without the words that every message starts with.
    var errorText: String {
        guard let text = unsafe PQerrorMessage(raw) else { return "no reason given" }
        let message = unsafe String(cString: text)
        let line = message.split(separator: "\n").first.map(String.init) ?? "the connection was closed"
        return line.removingPrefix("FATAL:").removingPrefix("ERROR:")
    }
}

extension String {
    fileprivate func removingPrefix(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(drop(while: { $0 != ":" }).dropFirst().drop(while: \.isWhitespace)) : self
    }
}

/// Runs C that blocks on threads of Dispatch, which may: Swift's own are as few as the processor's cores.
func blocking<T: Sendable, E: Error>(_ body: @escaping @Sendable () throws(E) -> T) async throws(E) -> T {
    let result: Result<T, E> = await withCheckedContinuation { continuation in
        blockingQueue.async {
            do throws(E) { continuation.resume(returning: .success(try body())) } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }
    return try result.get()
}

// Dispatch has threads of its own for each quality of service. Those of the usual one run Swift's tasks, and would make these
// calls wait for work that counts.
private let blockingQueue = DispatchQueue(
    label: "bay.postgres.blocking", attributes: .concurrent, target: .global(qos: .utility))

extension PostgresHandle {
    /// Opens a connection, set up the way Bay wants it, within the time that `options` give. Blocks its thread: before
    /// libpq's part that does not block, it may ask the name service, which always does.
    static func open(_ options: ConnectionOptions) throws(DatabaseError) -> PostgresHandle {
        let deadline = ContinuousClock.now + options.connectTimeout
        var keywords = ["application_name", "client_encoding", "dbname"]
        var values = [options.applicationName, "UTF8", options.connectionString]
        if let database = options.database {
            // The first `dbname` is the connection string; a later one counts.
            keywords.append("dbname")
            values.append(database)
        }
        let raw = unsafe withCStrings(keywords) { keywords in
            unsafe withCStrings(values) { values in unsafe PQconnectStartParams(keywords, values, 1) }
        }
        guard let raw = unsafe raw else { throw .unavailable(reason: "out of memory") }
        let handle = unsafe PostgresHandle(adopting: raw)
        // Notices would go to standard error, where a console may be drawing.
        unsafe _ = PQsetNoticeReceiver(raw, { _, _ in }, nil)
        try handle.finishConnecting(before: deadline)
        let timeout = options.statementTimeout.milliseconds
        try handle.setUp("SET TimeZone = 'UTC'; SET statement_timeout = \(timeout)", before: deadline)
        return handle
    }

    private func finishConnecting(before deadline: ContinuousClock.Instant) throws(DatabaseError) {
        guard unsafe PQstatus(raw) != CONNECTION_BAD else { throw .unavailable(reason: connectErrorText) }
        var wanted = PGRES_POLLING_WRITING
        while true {
            try wait(writing: wanted == PGRES_POLLING_WRITING, before: deadline)
            wanted = unsafe PQconnectPoll(raw)
            switch wanted {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_FAILED: throw .unavailable(reason: connectErrorText)
            default: continue
            }
        }
    }

    private var connectErrorText: String {
        // "connection to server on socket "..." failed: reason": the reason is what tells two failures apart.
        let text = errorText
        guard text.hasPrefix("connection to server"), let range = text.firstRange(of: " failed: ") else { return text }
        return String(text[range.upperBound...]).removingPrefix("FATAL:")
    }

    private func setUp(_ sql: String, before deadline: ContinuousClock.Instant) throws(DatabaseError) {
        guard unsafe PQsendQuery(raw, sql) == 1 else { throw .unavailable(reason: errorText) }
        var problem: DatabaseError?
        while true {
            while unsafe PQisBusy(raw) == 1 {
                try wait(writing: false, before: deadline)
                guard unsafe PQconsumeInput(raw) == 1 else { throw .unavailable(reason: errorText) }
            }
            guard let result = unsafe PQgetResult(raw) else { break }
            if unsafe PQresultStatus(result) != PGRES_COMMAND_OK {
                unsafe problem = problem ?? DatabaseError(ServerError(result))
            }
            unsafe PQclear(result)
        }
        if let problem { throw problem }
    }

    private func wait(writing: Bool, before deadline: ContinuousClock.Instant) throws(DatabaseError) {
        let left = (deadline - .now).milliseconds
        var poller = pollfd(fd: socket, events: Int16(writing ? POLLOUT : POLLIN), revents: 0)
        while left > 0 {
            let ready = unsafe poll(&poller, 1, Int32(clamping: left))
            if ready > 0 { return }
            if ready == 0 || errno != EINTR { break }
        }
        throw .unavailable(reason: "the server did not answer in time")
    }

    /// Waits up to `microseconds` for something to read. For times too short to be worth a change of threads.
    func awaitInput(microseconds: Int) -> Bool {
        var poller = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        var time = timespec(tv_sec: 0, tv_nsec: microseconds * 1000)
        return unsafe ppoll(&poller, 1, &time, nil) > 0
    }

    /// Asks PostgreSQL to stop what this connection runs. Blocks until the postmaster has passed the wish on.
    ///
    /// May be called on any thread: libpq copies what it needs when the request is made.
    func cancelRequest() -> CancelRequest? { unsafe PQgetCancel(raw).map(CancelRequest.init(adopting:)) }
}

/// Owns one `PGcancel`.
@safe final class CancelRequest: @unchecked Sendable {
    private let raw: OpaquePointer
    init(adopting raw: OpaquePointer) { unsafe self.raw = raw }
    deinit { unsafe PQfreeCancel(raw) }

    func send() {
        var reason = [CChar](repeating: 0, count: 256)
        // When it fails, the statement goes on until its time is up: nothing else is to be done about it.
        unsafe _ = PQcancel(raw, &reason, Int32(reason.count))
    }
}

/// Lends C the strings as a list of pointers that ends with nil.
func withCStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
    let copies = unsafe strings.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    let pointers = unsafe copies.map { unsafe UnsafePointer($0) } + [nil]
    return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }  // Never empty: it ends with nil.
}

extension ServerError {
    /// What a failed result says. Field codes: `PG_DIAG_*` in `postgres_ext.h`, characters.
    init(_ result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            // The codes are the letters below.
            guard let text = unsafe PQresultErrorField(result, Int32(code.asciiValue!)) else { return nil }
            return unsafe String(cString: text)
        }
        self.init(
            sqlState: field("C") ?? "", message: field("M") ?? "unknown error", detail: field("D"), hint: field("H"))
        if sqlState.isEmpty, let text = unsafe PQresultErrorMessage(result) {
            message = unsafe String(cString: text).split(separator: "\n").first.map(String.init) ?? message
        }
        position = field("P").flatMap { Int($0) }
        constraint = field("n")
        table = field("t")
        column = field("c")
    }
}

extension PostgresHandle {
    /// Runs SQL of Bay's own on a plain connection, blocking. Returns how many rows it answered.
    func run(_ sql: String) throws(DatabaseError) -> Int {
        guard let result = unsafe PQexec(raw, sql) else { throw .unavailable(reason: "out of memory") }
        defer { unsafe PQclear(result) }
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return unsafe Int(PQntuples(result))
        default:
            if unsafe PQstatus(raw) == CONNECTION_BAD { throw .connectionLost(reason: errorText) }
            throw unsafe DatabaseError(ServerError(result))
        }
    }
}
