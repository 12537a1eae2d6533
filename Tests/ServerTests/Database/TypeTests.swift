import JSON
import Postgres
import TestSupport
import Testing

/// Values made from a seed, so that a failure can be run again.
struct Randomness: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
    mutating func text() -> String {
        let alphabet = Array("ab'\"\\$1;-%{},\n\tÄß漢🙂 NULL")
        return String((0..<Int.random(in: 0...20, using: &self)).map { _ in alphabet.randomElement(using: &self)! })
    }
    mutating func json(depth: Int = 3) -> JSONValue {
        switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &self) {
        case 0: .null
        case 1: .bool(Bool.random(using: &self))
        case 2: .int(Int.random(in: -1_000_000...1_000_000, using: &self))
        case 3: .double(Double(Int.random(in: -1000...1000, using: &self)) + 0.25)
        case 4: .string(text())
        case 5: .array((0..<3).map { _ in json(depth: depth - 1) })
        default: .object(JSONObject([JSONObject.Member("k", json(depth: depth - 1))]))
        }
    }
}

@Suite struct TypeTests {
    @Test(arguments: UInt64(0)..<20)
    func `every value comes back as it was sent`(seed: UInt64) async throws {
        var random = Randomness(seed: seed)
        let database = try await TestDatabase.make()
        for _ in 0..<20 {
            let text = random.text()
            let int = Int(bitPattern: UInt(random.next()))
            let small = Int32(truncatingIfNeeded: random.next())
            let double = Double(bitPattern: random.next())
            let bool = Bool.random(using: &random)
            let json = random.json()
            let bytes = (0..<Int.random(in: 0...50, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let texts = (0..<Int.random(in: 0...5, using: &random)).map { _ in random.text() }
            let ints = (0..<Int.random(in: 0...5, using: &random)).map { _ in Int(bitPattern: UInt(random.next())) }
            let gaps: [Double?] = [1.5, nil, -0.25]
            let at = Int64.random(in: -60_000_000_000_000...200_000_000_000_000, using: &random)
            let row = try #require(
                try await database.row(
                    """
                    SELECT \(text)::text AS text, \(int) AS int, \(small) AS small, \(double) AS double, \(bool) AS bool,
                           \(json) AS json, \(bytes) AS bytes, \(texts) AS texts, \(ints) AS ints, \(gaps) AS gaps,
                           \(SQLTimestamp(milliseconds: at)) AS at, \(Optional(int)) AS maybe, \(Int?.none) AS none
                    """))
            #expect(try row.decode(String.self, "text") == text)
            #expect(try row.decode(Int.self, "int") == int)
            #expect(try row.decode(Int64.self, "int") == Int64(int))
            #expect(try row.decode(Int32.self, "small") == small)
            let back = try row.decode(Double.self, "double")
            #expect(back == double || back.isNaN && double.isNaN)
            #expect(try row.decode(Bool.self, "bool") == bool)
            #expect(try row.decode(JSONValue.self, "json") == json)
            #expect(try row.decode([UInt8].self, "bytes") == bytes)
            #expect(try row.decode([String].self, "texts") == texts)
            #expect(try row.decode([Int].self, "ints") == ints)
            #expect(try row.decode([Double?].self, "gaps") == gaps)
            #expect(try row.milliseconds("at") == at)
            #expect(try row.decode(Int?.self, "maybe") == int)
            #expect(try row.decode(Int?.self, "none") == nil)
        }
    }

    @Test func `types of PostgreSQL's own arrive as the nearest of ours`() async throws {
        let database = try await TestDatabase.make()
        let row = try #require(
            try await database.row(
                """
                SELECT 7::smallint AS small, 1.5::real AS real, 'ADMIN'::"UserRole" AS role, 'n'::name AS name,
                       '0BADCAFE-1e57-5252-92d9-0bcdebe7a3c9'::uuid AS uuid, '{"a":[1]}'::json AS json,
                       timestamptz '2025-11-21 10:15:30.123+02' AS zoned, timestamp '1969-12-31 23:59:59.9995' AS early,
                       'x'::varchar(5) AS varchar, NULL::text AS missing
                """))
        #expect(try row.decode(Int.self, "small") == 7)
        #expect(try row.decode(Double.self, "small") == 7)
        #expect(try row.decode(Double.self, "real") == 1.5)
        #expect(try row.decode(String.self, "role") == "ADMIN")
        #expect(try row.decode(String.self, "name") == "n")
        #expect(try row.decode(String.self, "uuid") == "0badcafe-1e57-5252-92d9-0bcdebe7a3c9")
        #expect(try row.decode(JSONObject.self, "json") == ["a": [1]])
        #expect(try row.milliseconds("zoned") == 1_763_712_930_123)
        #expect(try row.milliseconds("early") == -1)
        #expect(try row.decode(String.self, "varchar") == "x")
        #expect(try row.optionalMilliseconds("early") == -1)
        #expect(try row.decode(String?.self, at: 9) == nil)
    }

    @Test func `what a row does not hold is told by column and type`() async throws {
        let database = try await TestDatabase.make()
        let row = try #require(try await database.row("SELECT 1::bigint AS one, NULL::text AS none, 1.5::numeric AS n"))
        func problem(_ body: () throws(DatabaseError) -> Void) -> DecodingProblem? {
            do throws(DatabaseError) { try body() } catch {
                if case .decoding(let problem) = error { return problem }
            }
            return nil
        }
        let missing = problem { () throws(DatabaseError) in _ = try row.decode(Int.self, "two") }
        #expect(missing?.kind == .missing(has: ["one", "none", "n"]))
        #expect(missing?.message == "result has no column \"two\"; it has one, none, n")
        let null = problem { () throws(DatabaseError) in _ = try row.decode(String.self, "none") }
        #expect(null?.kind == .null)
        #expect(null?.message == "column \"none\" is null where text was expected")
        let type = problem { () throws(DatabaseError) in _ = try row.decode(Int?.self, "n") }
        #expect(type?.kind == .type("numeric"))
        let other = problem { () throws(DatabaseError) in _ = try row.decode(String.self, "one") }
        #expect(other?.message == "column \"one\" is of type bigint where text was expected")
        let place = problem { () throws(DatabaseError) in _ = try row.decode(Int.self, at: 3) }
        #expect(place?.column == "#3")
        let range = try #require(try await database.row("SELECT 5000000000::bigint AS big"))
        let value = problem { () throws(DatabaseError) in _ = try range.decode(Int32.self, "big") }
        #expect(value?.kind == .value("a value that does not fit"))
    }

    @Test func `a value that PostgreSQL cannot hold is refused before it is sent`() async throws {
        let database = try await TestDatabase.make()
        await #expect(throws: DatabaseError.parameter(reason: "the text holds a NUL character")) {
            try await database.row("SELECT \("a\0b")::text")
        }
        #expect(try await database.row("SELECT \("after")::text AS t")?.decode(String.self, "t") == "after")
    }
}

@Suite struct InjectionTests {
    static let attempts = [
        "'; DROP TABLE \"Machine\"; --", "\\'; DROP TABLE \"Machine\"; --", "$1", "$$; DROP TABLE \"Machine\"; $$",
        "{\"},{\"", "1) OR (1=1", "\u{2019}; DROP TABLE", "%s%n", "x' OR 'x'='x",
    ]

    @Test(arguments: attempts)
    func `text is a value and never SQL, whatever parameter carries it`(text: String) async throws {
        let database = try await TestDatabase.make()
        let statement: Statement = """
            SELECT \(text)::text AS text, \([text, text]) AS texts, \(["k": .string(text)] as JSONObject) AS json,
                   \(Optional(text))::text AS optional, \(Array(text.utf8)) AS bytes, \([Optional(text), nil]) AS gaps
            """
        #expect(!statement.text.contains(text) || text == "$1")
        let row = try #require(try await database.row(statement))
        #expect(try row.decode(String.self, "text") == text)
        #expect(try row.decode([String].self, "texts") == [text, text])
        #expect(try row.decode(JSONObject.self, "json") == ["k": .string(text)])
        #expect(try row.decode(String?.self, "optional") == text)
        #expect(try row.decode([UInt8].self, "bytes") == Array(text.utf8))
        #expect(try row.decode([String?].self, "gaps") == [text, nil])
        #expect(try await database.rows("SELECT id FROM \"Machine\" WHERE name = \(text)").isEmpty)
    }

    @Test func `statements join into one, with their parameters in order`() {
        let filter: Statement = "name = \("a") AND os = \("b")"
        let whole: Statement = "SELECT id FROM \"Machine\" WHERE \(filter) LIMIT \(5)"
        #expect(whole.text == "SELECT id FROM \"Machine\" WHERE name = $1 AND os = $2 LIMIT $3")
    }
}
