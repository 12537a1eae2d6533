import JSON
import Postgres
import TestSupport
import Testing

@Suite struct QueryTests {
    @Test func `a value comes back as it was sent`() async throws {
        let database = try await TestDatabase.make()
        let name: String? = nil
        let row = try await database.row(
            """
            SELECT \("text")::text AS text, \(42) AS int, \(-7 as Int32) AS small, \(1.5) AS double, \(true) AS bool,
                   \(name)::text AS missing, \(["a": 1] as JSONObject) AS json, \([1, 2, 3] as [UInt8]) AS bytes,
                   \(["x", "ü\"{},\\"])  AS texts, \([1, -2]) AS ints, \(SQLTimestamp(milliseconds: 1_700_000_000_123)) AS at
            """)
        let found = try #require(row)
        #expect(try found.decode(String.self, "text") == "text")
        #expect(try found.decode(Int.self, "int") == 42)
        #expect(try found.decode(Int32.self, "small") == -7)
        #expect(try found.decode(Double.self, "double") == 1.5)
        #expect(try found.decode(Bool.self, "bool"))
        #expect(try found.decode(String?.self, "missing") == nil)
        #expect(try found.decode(JSONValue.self, "json") == ["a": 1])
        #expect(try found.decode([UInt8].self, "bytes") == [1, 2, 3])
        #expect(try found.decode([String].self, "texts") == ["x", "ü\"{},\\"])
        #expect(try found.decode([Int].self, "ints") == [1, -2])
        #expect(try found.milliseconds("at") == 1_700_000_000_123)
    }

    @Test func `a transaction is committed when its closure returns`() async throws {
        let database = try await TestDatabase.make()
        try await database.transaction { transaction in
            try await transaction.execute("INSERT INTO \"Department\" (id, name) VALUES (\("d1"), \("Sales"))")
        }
        let row = try await database.row("SELECT name FROM \"Department\" WHERE id = \("d1")")
        #expect(try row?.decode(String.self, "name") == "Sales")
    }
}
