import Core
import Testing

@Suite struct TOMLTests {
    @Test func `a document is what its tables and keys say`() throws {
        let document = try TOMLTable(
            parsing: """
                name = "bay"   # a comment
                "quoted key" = 'C:\\path'
                a.b.c = 1
                a.b.d = [1, 2,
                    3, # one more
                ]

                [server]
                on = true
                inner = { x = 1, y.z = "deep" }
                [server.more]
                late = 1979-05-27 07:32:00Z
                [[users]]
                name = "ada"
                [[users]]
                name = "bob"
                [users.rights]
                all = false
                """)
        #expect(document.keys == ["a", "name", "quoted key", "server", "users"])
        #expect(document["name"]?.string == "bay" && document["quoted key"]?.string == #"C:\path"#)
        let b = document["a"]?.table?["b"]?.table
        #expect(b?["c"]?.int == 1 && b?["d"]?.array == [.int(1), .int(2), .int(3)])
        let server = try #require(document["server"]?.table)
        #expect(server["on"]?.bool == true)
        #expect(server["inner"]?.table?["y"]?.table?["z"]?.string == "deep")
        #expect(server["more"]?.table?["late"] == .moment("1979-05-27 07:32:00Z"))
        let users = try #require(document["users"]?.array)
        #expect(users.map { $0.table?["name"]?.string } == ["ada", "bob"])
        #expect(users[1].table?["rights"]?.table?["all"]?.bool == false)
    }

    @Test(arguments: [
        ("17", TOMLValue.int(17)), ("-1_000", .int(-1000)), ("0x1F", .int(31)), ("0o17", .int(15)), ("0b101", .int(5)),
        ("1.5e3", .double(1500)), ("-0.5", .double(-0.5)), ("inf", .double(.infinity)), ("false", .bool(false)),
        ("07:32:00", .moment("07:32:00")), ("1979-05-27", .moment("1979-05-27")), ("[]", .array([])),
        (#""a\tb\u00e9\U0001F600""#, .string("a\tbé😀")), (#"'a\tb'"#, .string(#"a\tb"#)),
        ("\"\"\"\none\\\n   two\"\"\"", .string("onetwo")), ("'''\na\nb'''", .string("a\nb")),
        ("\"\"\"\"quoted\"\"\"\"", .string("\"quoted\"")),
        (
            "[[1], [\"a\", [true]]]",
            .array([
                .array([.int(1)]), .array([.string("a"), .array([.bool(true)])]),
            ])
        ),
    ])
    func `a value is read as what it is`(text: String, value: TOMLValue) throws {
        #expect(try TOMLTable(parsing: "x = \(text)\r\n")["x"] == value)
    }

    @Test(arguments: [
        "a", "a =", "= 1", "a b = 1", "a = 1 b = 2", "a = 1\na = 2", "[t]\n[t]", "a.b = 1\n[a]", "[a]\nb.c = 1\n[a.b]",
        "a = {b = 1}\na.c = 2", "a = {b = 1}\n[a.c]", "a = [1]\n[[a]]", "[[a]]\n[a]", "[a", "[]", "[a..b]", "a = 01",
        "a = 1__0", "a = _1", "a = 1_", "a = 1_e5", "a = 1.", "a = .5", "a = 1.e3", "a = 1e", "a = --1", "a = 0xZZ",
        "a = 0x-1", "a = -0x1", "a = hello", "a = tru", "a = 1979-13", "a = 12:00", "a = \"x", "a = 'x\ny'",
        "a = \"\\q\"", "a = \"\\u12\"", "a = \"\\uD800\"", "a = \"\u{1}\"", "a = \"\"\"x", "a = [1, 2", "a = [1 2]",
        "a = [,]", "a = {a = 1", "a = {a = 1,}", "a = {a = 1\n}",
        "a = " + String(repeating: "[", count: 100_000),
    ])
    func `what is no TOML is refused`(text: String) {
        #expect(throws: TOMLError.self) { try TOMLTable(parsing: text) }
    }

    @Test func `the line of a mistake is told`() {
        let error = #expect(throws: TOMLError.self) {
            try TOMLTable(parsing: "a = \"\"\"\n\"\"\"\nb.c = 1\nb = 2\n")
        }
        #expect(error?.line == 4 && error?.reason == "\"b\" is there already")
    }
}
