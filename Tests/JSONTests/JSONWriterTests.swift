import JSON
import Testing

@Test(arguments: [
    Int.min, Int.min + 1, -1_000_000, -10, -9, -1, 0, 1, 9, 10, 11, 99, 100, 101, 12_345, 999_999_999_999, Int.max,
    Int(Int32.max), 1_000_000_000_000_000_000,
])
func `whole numbers are written`(number: Int) {
    var writer = JSONWriter()
    writer.int(number)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == String(number))
}

@Test(arguments: [
    (0.5, "0.5"), (-0.0, "0"), (3.0, "3"), (1e21, "1e+21"), (-2.25e-7, "-2.25e-07"), (.infinity, "null"),
    (.nan, "null"),
])
func `fractions are written`(number: Double, text: String) { #expect(JSONValue.double(number).text == text) }

@Test func `text is escaped where it must be`() {
    #expect(JSONValue.string("plain é😀\u{7F}/").text == "\"plain é😀\u{7F}/\"")
    #expect(JSONValue.string("\"\\\n\r\t\u{0}\u{1}\u{8}\u{1F}").text == #""\"\\\n\r\t\u0000\u0001\u0008\u001f""#)
}

/// Text is looked through and copied in pieces of several sizes.
@Test(arguments: [0...40, 120...136, 250...260])
func `a byte that needs an escape is found wherever it is`(lengths: ClosedRange<Int>) {
    let name = Array("\"name\":".utf8)
    for length in lengths {
        let plain = String(repeating: "~", count: length)
        var writer = JSONWriter(reserving: 0)
        writer.beginArray()
        writer.string(plain)
        writer.member(name, plain)
        writer.endArray()
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "[\"\(plain)\",\"name\":\"\(plain)\"]")
        for place in 0..<length {
            for (byte, escaped) in [("\"", "\\\""), ("\\", "\\\\"), ("\u{1F}", "\\u001f"), ("\u{80}", "\u{80}")] {
                let before = String(repeating: " ", count: place)
                let after = String(repeating: "\u{7F}", count: length - place - 1)
                #expect(JSONValue.string(before + byte + after).text == "\"\(before)\(escaped)\(after)\"")
            }
        }
    }
}

@Test func `commas are where they belong`() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("a")
    writer.beginArray()
    writer.int(1)
    writer.null()
    let mark = writer.mark
    writer.string("to be taken back")
    writer.rewind(to: mark)
    writer.bool(true)
    writer.beginObject()
    writer.endObject()
    writer.endArray()
    writer.encodedName(Array("\"b\":".utf8))
    writer.encoded(Array("[]".utf8))
    writer.encodedMember(Array("\"c\":2".utf8))
    writer.member(Array("\"d\":".utf8), "\"")
    writer.member(Array("\"e\":".utf8), encoded: Array("3".utf8).span)
    writer.nullMember(Array("\"f\":".utf8))
    writer.endObject()
    let text = String(decoding: writer.bytes, as: UTF8.self)
    #expect(text == #"{"a":[1,null,true,{}],"b":[],"c":2,"d":"\"","e":3,"f":null}"#)
}

@Test(arguments: UInt64(0)..<200)
func `printing and parsing are inverse`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let value = JSONValue.random(&random, 0)
    #expect(try JSONValue(parsing: value.text) == value)
}

@Test(arguments: UInt64(0)..<200)
func `damaged JSON is read or refused, never a crash`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var bytes = Array(JSONValue.random(&random, 0).text.utf8)
    for _ in 0..<3 where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        if Bool.random(using: &random) {
            bytes[place] = UInt8.random(in: 0...255, using: &random)
        } else {
            bytes.remove(at: place)
        }
    }
    let isRead = (try? JSONValue(parsing: bytes)) != nil
    #expect(isRead == isPassedOver(bytes))
}

private func isPassedOver(_ bytes: [UInt8]) -> Bool {
    var reader = JSONReader(bytes)
    do {
        try reader.skip()
        try reader.end()
        return true
    } catch {
        return false
    }
}

/// The same numbers for the same seed. Source: "SplitMix", Steele, Lea and Flood, 2014.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension JSONValue {
    fileprivate static func random(_ random: inout SeededGenerator, _ depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth < 4 ? 8 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .int(.random(in: .min ... .max, using: &random))
        case 3: return .int(.random(in: -100...100, using: &random))
        case 4: return .double(.random(in: -1e6...1e6, using: &random) + 0.123)
        case 5: return .string(text(&random))
        case 6:
            return .array(
                (0..<Int.random(in: 0..<5, using: &random)).map { _ in JSONValue.random(&random, depth + 1) })
        default:
            return .object(
                JSONObject(
                    (0..<Int.random(in: 0..<5, using: &random)).map { _ in
                        .init(text(&random), .random(&random, depth + 1))
                    }))
        }
    }

    private static func text(_ random: inout SeededGenerator) -> String {
        let pieces = [
            "a", "B", "\"", "\\", "\n", "\u{0}", "é", "😀", "\u{2028}", "/", " ", "long enough to be no small one",
        ]
        return (0..<Int.random(in: 0..<6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
            .joined()
    }
}
