import Core
import Testing

@Suite struct XMLTests {
    @Test func `an element is read with its attributes, children and text`() throws {
        let xml = """
            <?xml version="1.0"?>
            <!-- what libvirt writes -->
            <domain type='kvm' id="7">
              <name> web &lt;1&gt; </name>
              <os><type arch='x86_64'>hvm</type></os>
              <boot dev='hd'/>
              <boot dev='cdrom'/>
              <note><![CDATA[a < b & c]]> and <?skip this?>more</note>
            </domain>
            """
        let domain = try XMLElement(parsing: xml)
        #expect(domain.name == "domain")
        #expect(domain[attribute: "type"] == "kvm")
        #expect(domain[attribute: "id"] == "7")
        #expect(domain[attribute: "none"] == nil)
        #expect(domain.child("name")?.text == "web <1>")
        #expect(domain.find("os", "type")?.text == "hvm")
        #expect(domain.find("os", "nothing", "type") == nil)
        #expect(domain.all("boot").map { $0[attribute: "dev"] } == ["hd", "cdrom"])
        #expect(domain.child("note")?.text == "a < b & c and more")
    }

    @Test(arguments: [
        ("&lt;&gt;&amp;&quot;&apos;", "<>&\"'"), ("&#65;&#x42;&#x1F600;", "AB\u{1F600}"), ("é ü 日本", "é ü 日本"),
    ])
    func `references become characters`(written: String, meant: String) throws {
        #expect(try XMLElement(parsing: "<a b='\(written)'>\(written)</a>").text == meant)
        #expect(try XMLElement(parsing: "<a b='\(written)'>\(written)</a>")[attribute: "b"] == meant)
    }

    @Test(arguments: [
        "", "   ", "text", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a/>text", "<a", "<a b></a>", "<a b=c/>", "<a b='c/>",
        "<a b='1' b='2'/>", "<a b='<'/>", "<a>&nbsp;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#1114112;</a>",
        "<a>&#;</a>", "<a>&", "<a><!-- ", "<a><![CDATA[", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a/ >", "< a/>",
        "<a b='1'c='2'/>", "<![CDATA[a]]><a/>",
    ])
    func `what is no XML is refused`(text: String) {
        #expect(throws: XMLError.self) { try XMLElement(parsing: text) }
    }

    @Test func `depth, size and number of elements are limited`() {
        let deep = 100_000
        #expect(throws: XMLError.self) {
            try XMLElement(
                parsing: String(repeating: "<a>", count: deep) + String(repeating: "</a>", count: deep))
        }
        #expect(throws: XMLError.self) {
            try XMLElement(parsing: "<a>" + String(repeating: "<b/>", count: XMLElement.Limit.elements) + "</a>")
        }
        #expect(throws: XMLError.self) {
            try XMLElement(parsing: "<a>" + String(repeating: " ", count: XMLElement.Limit.bytes) + "</a>")
        }
    }

    @Test func `writing escapes everything that could be markup`() {
        let evil = "x'/><inject a=\"&\">\n\u{1}"
        let element = XMLElement("a", ["b": evil], text: evil, children: [XMLElement("c")])
        #expect(
            element.xml == "<a b='x&apos;/&gt;&lt;inject a=&quot;&amp;&quot;&gt;&#10;\u{FFFD}'>"
                + "x&apos;/&gt;&lt;inject a=&quot;&amp;&quot;&gt;&#10;\u{FFFD}<c/></a>")
    }

    @Test(arguments: UInt64(0)..<200)
    func `reading what was written gives the same element`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let element = XMLElement.random(depth: 4, using: &random)
        #expect(try XMLElement(parsing: element.xml) == element)
    }

    @Test(arguments: UInt64(0)..<200)
    func `damaged XML is refused or read, and never traps`(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var bytes = Array(XMLElement.random(depth: 4, using: &random).xml.utf8)
        for _ in 0..<4 { bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random) }
        _ = try? XMLElement(parsing: String(decoding: bytes, as: UTF8.self))
    }
}

extension XMLElement {
    fileprivate static func random(depth: Int, using random: inout SplitMix) -> XMLElement {
        let texts = ["", "a", "<&>", "x y", "'\"", "]]>", "é"]
        var element = XMLElement(["disk", "os", "b:os", "x-y"].randomElement(using: &random)!)
        for name in ["p", "q", "r"].prefix(Int.random(in: 0...3, using: &random)) {
            element.attributes.append(.init(name: name, value: texts.randomElement(using: &random)!))
        }
        element.text = texts.randomElement(using: &random)!
        guard depth > 0 else { return element }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            element.children.append(.random(depth: depth - 1, using: &random))
        }
        return element
    }
}

/// Numbers that a seed decides, so that a failure can be run again.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
