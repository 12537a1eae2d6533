import GraphQL
import Testing

@Test(arguments: [
    ("", "Syntax Error: Unexpected <EOF>.", 1, 1),
    ("{", "Syntax Error: Expected Name, found <EOF>.", 1, 2),
    ("{ a\n  b(: 1) }", "Syntax Error: Expected Name, found \":\".", 2, 5),
    ("{ }", "Syntax Error: Expected Name, found \"}\".", 1, 3),
    ("query ($a: Int = $b) { a }", "Syntax Error: Unexpected variable \"$b\" in constant value.", 1, 18),
    ("fragment on on A { a }", "Syntax Error: Unexpected Name \"on\".", 1, 10),
    ("nope { a }", "Syntax Error: Unexpected Name \"nope\".", 1, 1),
    ("{ a(x: 01) }", "Syntax Error: Invalid number, unexpected digit after 0: \"1\".", 1, 9),
    ("{ a(x: 1.) }", "Syntax Error: Invalid number, expected digit but got: \")\".", 1, 10),
    ("{ a(x: 1a) }", "Syntax Error: Invalid number, expected digit but got: \"a\".", 1, 9),
    ("{ a(x: \"\\q\") }", "Syntax Error: Invalid character escape sequence: \"\\q\".", 1, 9),
    ("{ a(x: \"\\uD800\") }", "Syntax Error: Invalid Unicode escape sequence: \"\\uD800\".", 1, 9),
    ("{ a(x: \"abc\n\") }", "Syntax Error: Unterminated string.", 1, 12),
    ("{ a(x: \"\"\"abc) }", "Syntax Error: Unterminated string.", 1, 17),
    ("{ é }", "Syntax Error: Unexpected character: U+00E9.", 1, 3),
    ("{ ..a }", "Syntax Error: Unexpected character: \".\".", 1, 3),
])
func `what is wrong is told with its place`(text: String, message: String, line: Int, column: Int) throws {
    let error = try #require(throws: SyntaxError.self) { try Document(parsing: text) }
    #expect(error.message == message)
    #expect(SourcePosition(error.location, in: Array(text.utf8)) == SourcePosition(line: line, column: column))
}

@Test func `block strings lose the indentation that their lines share`() throws {
    let value = try ValueNode(parsing: "\"\"\"\n    Hello,\n      \\\"\"\" World\\n!\n\n    Yours\n  \"\"\"")
    #expect(value.kind == .string("Hello,\n  \"\"\" World\\n!\n\nYours"))
}

@Test func `strings know all escapes`() throws {
    let value = try ValueNode(parsing: #""\"\\\/\b\f\n\r\t\u00e9\u{1F600}\uD83D\uDE00""#)
    #expect(value.kind == .string("\"\\/\u{08}\u{0C}\n\r\té😀😀"))
}

@Test func `commas, comments and a byte order mark mean nothing`() throws {
    let plain = try Document(parsing: "query($a:Int){a b}")
    #expect(try Document(parsing: "\u{FEFF}# hi\nquery ,( $a\u{FEFF} : Int,,) {\r\n a,#x\r b,, }") == plain)
}

@Test func `limits stop the parser`() {
    var limits = Limits()
    limits.tokens = 100
    let many = "{" + String(repeating: " a", count: 200) + "}"
    #expect(throws: SyntaxError.self) { try Document(parsing: many, limits: limits) }
    let deep = String(repeating: "{ a ", count: 100_000)
    #expect(throws: SyntaxError.self) { try Document(parsing: deep) }
    let lists = "{ a(x: " + String(repeating: "[", count: 20_000)
    #expect(throws: SyntaxError.self) { try Document(parsing: lists) }
    let types = "query ($a: " + String(repeating: "[", count: 20_000)
    #expect(throws: SyntaxError.self) { try Document(parsing: types) }
    #expect(throws: SyntaxError.self) { try Document(parsing: String(repeating: " ", count: 200_000)) }
}

@Test(arguments: [
    "schema @a { query: Q mutation: M }", "\"text\" schema { query: Q }", "extend schema @a", "scalar A @a(b: 1)",
    "extend scalar A @a", "type A",
    "\"\"\"text\"\"\" type A implements & B & C @a { \"b\" b(\"c\" c: [Int!]! = [1] @a): Int @a }",
    "extend type A implements B", "interface A implements B { c: D }", "union A", "union A @a = | B | C",
    "enum A { \"b\" B @a C }", "input A { b: C = {d: 1} }",
    "directive @a(b: Int) repeatable on | FIELD | QUERY", "directive @a on FIELD_DEFINITION",
])
func `definitions of types are read and printed as they are`(text: String) throws {
    let document = try Document(parsing: "{ a } \(text) # end\nquery { b }")
    #expect(document.definitions.count == 3)
    #expect(document.printed == "query {\n  a\n}\n\n\(text)\n\nquery {\n  b\n}\n")
}

@Test(arguments: [
    ("schema", "Syntax Error: Expected \"{\", found <EOF>."),
    ("schema { a: B }", "Syntax Error: Unexpected Name \"a\"."),
    ("extend type A", "Syntax Error: Unexpected <EOF>."),
    ("extend query { a }", "Syntax Error: Unexpected Name \"query\"."),
    ("type A { }", "Syntax Error: Expected Name, found \"}\"."),
    ("union A = ", "Syntax Error: Expected Name, found <EOF>."),
    ("enum A { null }", "Syntax Error: Name \"null\" is reserved and cannot be used for an enum value."),
    ("directive @a on NOWHERE", "Syntax Error: Unexpected Name \"NOWHERE\"."),
    ("directive @a", "Syntax Error: Expected \"on\", found <EOF>."),
    ("type A { b(c: Int = $d): E }", "Syntax Error: Unexpected variable \"$d\" in constant value."),
    (
        "\"text\" query { a }",
        "Syntax Error: Unexpected description, descriptions are supported only for type definitions."
    ),
    ("\"text\" { a }", "Syntax Error: Unexpected \"{\"."),
])
func `definitions of types are told what is wrong with them`(text: String, message: String) throws {
    #expect(try #require(throws: SyntaxError.self) { try Document(parsing: text) }.message == message)
}

@Test func `bytes that are no text are refused`() {
    #expect(throws: SyntaxError.self) {
        try Document(parsing: Array("{ a(x: \"".utf8) + [0xFF, 0xC0] + Array("\") }".utf8))
    }
    #expect(throws: SyntaxError.self) { try Document(parsing: [0xFF]) }
}

@Test(arguments: UInt64(0)..<150)
func `printing and parsing are inverse`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let document = Document.random(&random)
    #expect(try Document(parsing: document.printed) == document)
}

@Test(arguments: UInt64(0)..<150)
func `a damaged document is parsed or refused, never a crash`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var bytes = Array(Document.random(&random).printed.utf8)
    for _ in 0..<4 {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.removeSubrange(place..<min(place + 9, bytes.count - 1))
        default: bytes.insert(contentsOf: bytes[..<place].suffix(20), at: place)
        }
    }
    _ = try? Document(parsing: bytes)
}
