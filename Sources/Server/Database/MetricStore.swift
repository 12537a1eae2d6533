/// What one machine used in one minute. Nil where nothing is known.
public struct MetricRow: Equatable, Sendable {
    public var machineID: String
    /// Milliseconds since 1970-01-01 UTC.
    public var at: Int64
    public var cpuPercent: Double?
    public var vcpuWaitPercent: Double?
    public var memoryUsedMiB: Double?
    public var memoryTotalMiB: Double?
    public var balloonMiB: Double?
    /// Bytes a second.
    public var diskReadBytes: Double?
    public var diskWriteBytes: Double?
    public var networkReceivedBytes: Double?
    public var networkSentBytes: Double?

    public init(machineID: String, at: Int64) {
        self.machineID = machineID
        self.at = at
    }
}

/// Keeps what machines used, a row a minute, for some days.
public struct MetricStore: Sendable {
    /// How many days are kept, today not counted.
    public static let days = 7
    /// How many rows a read returns at most: all minutes of the days kept, and some more.
    public static let maximumRows = (days + 2) * 24 * 60

    private static let day: Int64 = 86_400_000

    private let database: Database
    public init(_ database: Database) { self.database = database }

    /// Makes the partitions of today and tomorrow and drops those that are too old. To be called at start and each day;
    /// any number of servers may do so at once.
    @discardableResult
    public func maintain(now: Int64) async throws(DatabaseError) -> (made: Int, dropped: Int) {
        let row = try await database.row(
            """
            SELECT made, dropped
              FROM maintain_machine_metric(
                       \(SQLTimestamp(milliseconds: now))::date, \(SQLTimestamp(milliseconds: now + Self.day))::date,
                       \(SQLTimestamp(milliseconds: now - Int64(Self.days) * Self.day))::date)
            """)
        guard let row else { return (0, 0) }
        return (try row.decode("made"), try row.decode("dropped"))
    }

    /// Writes rows in one statement. A minute that is there already stays as it is.
    public func append(_ rows: [MetricRow]) async throws(DatabaseError) {
        guard !rows.isEmpty else { return }
        try await database.execute(
            """
            INSERT INTO machine_metric
                   (machine_id, at, cpu_percent, vcpu_wait_percent, memory_used_mib, memory_total_mib, balloon_mib,
                    disk_read_bytes, disk_write_bytes, network_received_bytes, network_sent_bytes)
            SELECT *
              FROM unnest(\(rows.map(\.machineID)), \(rows.map { SQLTimestamp(milliseconds: $0.at) }),
                          \(rows.map(\.cpuPercent)), \(rows.map(\.vcpuWaitPercent)), \(rows.map(\.memoryUsedMiB)),
                          \(rows.map(\.memoryTotalMiB)), \(rows.map(\.balloonMiB)), \(rows.map(\.diskReadBytes)),
                          \(rows.map(\.diskWriteBytes)), \(rows.map(\.networkReceivedBytes)),
                          \(rows.map(\.networkSentBytes)))
            ON CONFLICT DO NOTHING
            """)
    }

    /// The rows of a machine from a time on, oldest first.
    public func rows(of machineID: String, since: Int64) async throws(DatabaseError) -> [MetricRow] {
        let rows = try await database.rows(
            """
            SELECT at, cpu_percent, vcpu_wait_percent, memory_used_mib, memory_total_mib, balloon_mib,
                   disk_read_bytes, disk_write_bytes, network_received_bytes, network_sent_bytes
              FROM machine_metric
             WHERE machine_id = \(machineID) AND at >= \(SQLTimestamp(milliseconds: since))
             ORDER BY at
             LIMIT \(Self.maximumRows)
            """)
        var result: [MetricRow] = []
        result.reserveCapacity(rows.count)
        for row in rows { result.append(try MetricRow(machineID, row)) }
        return result
    }
}

extension MetricRow {
    fileprivate init(_ machineID: String, _ row: Row) throws(DatabaseError) {
        self.init(machineID: machineID, at: try row.milliseconds("at"))
        cpuPercent = try row.decode("cpu_percent")
        vcpuWaitPercent = try row.decode("vcpu_wait_percent")
        memoryUsedMiB = try row.decode("memory_used_mib")
        memoryTotalMiB = try row.decode("memory_total_mib")
        balloonMiB = try row.decode("balloon_mib")
        diskReadBytes = try row.decode("disk_read_bytes")
        diskWriteBytes = try row.decode("disk_write_bytes")
        networkReceivedBytes = try row.decode("network_received_bytes")
        networkSentBytes = try row.decode("network_sent_bytes")
    }
}
