import JSON
import Testing

private let readings: [(String, JSONValue)] = [
    ("null", JSONValue.null), ("true", true), ("false", false), ("0", 0), ("-0", 0), ("12", 12), ("-7", -7),
    ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
    ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("1.5", 1.5), ("-1.25e2", -125.0), ("1E+2", 100.0),
    ("\"\"", ""), (#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00😀""#, "a\"\\/\u{8}\u{C}\n\r\té😀😀"),
    (" [ ] ", []), ("{ }", [:]), ("[1,[2,[]],{\"a\":null}]", [1, [2, []], ["a": nil]]),
    ("{\"b\":1,\"a\":{\"c\":[true]}}", ["b": 1, "a": ["c": [true]]]),
]

@Test(arguments: readings)
func `JSON is read`(text: String, value: JSONValue) throws { #expect(try JSONValue(parsing: text) == value) }

@Test(arguments: [
    "", " ", "nul", "nulll", "tru", "+1", "01", "-", "1.", ".5", "1e", "1e+", "0x1", "NaN", "1e999", "-1e999",
    "\"", "\"a", "\"\\", "\"\\q\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
    "\"\\ud800x\"", "\"a\nb\"", "\"\u{1}\"", "[", "[1", "[1,", "[1,]", "[,]", "[1 2]", "{", "{\"a\"", "{\"a\":",
    "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{1:1}", "1 2", "{}x", "'a'", "// c\n1",
])
func `what is no JSON is refused`(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    // Passing over a value checks it as well.
    #expect(throws: JSONError.self) {
        var reader = JSONReader(Array(text.utf8))
        try reader.skip()
        try reader.end()
    }
}

@Test(arguments: [
    [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
])
func `bytes that are no UTF-8 are refused`(bytes: [Int]) {
    let bytes = bytes.map { UInt8($0) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    #expect(throws: JSONError.self) {
        var reader = JSONReader(bytes)
        try reader.skip()
    }
}

@Test func `nesting has a limit`() throws {
    let most = JSONReader.maximumDepth
    func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JSONValue(parsing: nested(most))
    for depth in [most + 1, 1_000_000] {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: nested(depth)) }
        #expect(error?.problem == .tooDeep)
    }
    let objects = String(repeating: "{\"a\":", count: 100_000)
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: objects) }
    #expect(error?.problem == .tooDeep)
}

@Test func `a beginning of JSON is never JSON`() throws {
    let whole = Array(#"{"a":[1,-2.5e3,"x\u00e9\n😀",true,null],"b":{"c":{}}}"#.utf8)
    _ = try JSONValue(parsing: whole)
    for count in 0..<whole.count {
        #expect(throws: JSONError.self) { try JSONValue(parsing: Array(whole.prefix(count))) }
    }
}

@Test func `errors say what and where`() throws {
    let error = try #require(throws: JSONError.self) { try JSONValue(parsing: "[1, x]") }
    #expect(error.message == "unexpected character 'x' at byte 4")
    var reader = JSONReader(Array("{\"a\": \"b\"}".utf8))
    let other = #expect(throws: JSONError.self) {
        try reader.object { _, reader throws(JSONError) in _ = try reader.int() }
    }
    #expect(other?.message == "expected a number at byte 6")
}

@Test func `members of known names are found in any order and others passed over`() throws {
    let names = JSONNames("id", "name", "tags")
    let text =
        #"[{"id":1,"name":"a","tags":["x"]},{"other":{"id":9},"tags":[],"name":"b\n","id":2},{"n\u0061me":"c"},{}]"#
    var reader = JSONReader(Array(text.utf8))
    var rows: [String] = []
    try reader.array { reader throws(JSONError) in
        var row = ""
        try reader.object(names) { name, reader throws(JSONError) in
            switch name {
            case 0: row += "id \(try reader.int()) "
            case 1: row += "name \(try reader.string()) "
            default: row += "tags \(try reader.value().text) "
            }
        }
        rows.append(row)
    }
    try reader.end()
    #expect(rows == ["id 1 name a tags [\"x\"] ", "tags [] name b\n id 2 ", "name c ", ""])
}

@Test func `raw parts keep their bytes`() throws {
    var reader = JSONReader(Array(#"{"type":"next", "payload" : {"a": [1, 2]} }"#.utf8))
    var payload: [UInt8] = []
    try reader.object { name, reader throws(JSONError) in
        if name == "payload" { payload = Array(try reader.raw()) } else { try reader.skip() }
    }
    #expect(String(decoding: payload, as: UTF8.self) == #"{"a": [1, 2]}"#)
}
