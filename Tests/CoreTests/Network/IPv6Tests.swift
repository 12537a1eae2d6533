import Core
import Testing

@Suite struct IPv6Tests {
    @Test(arguments: [
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("::ffff:10.0.3.7", "::ffff:a00:307"), ("0:0:0:0:0:0:13.1.68.3", "::d01:4403"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("ff02::1:ff00:0", "ff02::1:ff00:0"),
    ])
    func `an address is read and written in its one short form`(text: String, short: String) throws {
        #expect(try #require(IPv6Address(text)).description == short)
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "+1::", "-1::",
        "::1%eth0",
        "1:2:3:4:5:6:7:8::", "::10.0.0", "10.0.0.1", "::10.0.0.1:1", "::1 ", "1.2.3.4::", "::\u{ff11}",
    ])
    func `what is no address is refused`(text: String) {
        #expect(IPv6Address(text) == nil)
    }

    @Test func `a block holds what shares its first bits, in its own family`() throws {
        func block(_ text: String, _ prefix: Int? = nil) throws -> AddressBlock {
            AddressBlock(of: try #require(IPAddress(text)), prefix: prefix)
        }
        let office = try block("10.1.2.3", 16)
        #expect(office.description == "10.1.0.0/16")
        #expect(office.contains(try #require(IPAddress("10.1.255.255"))))
        #expect(!office.contains(try #require(IPAddress("10.2.0.0"))))
        #expect(!office.contains(try #require(IPAddress("::a01:0"))))
        #expect(office.contains(try block("10.1.7.0", 24)))
        #expect(!office.contains(try block("10.0.0.0", 8)))
        #expect(office.overlaps(try block("10.0.0.0", 8)))
        #expect(try block("10.9.9.9", 0).contains(office))
        #expect(try !block("::", 0).overlaps(office))
        #expect(try block("2001:db8::1", 32).description == "2001:db8::/32")
        #expect(try block("2001:db8::1").description == "2001:db8::1")
        #expect(try block("2001:db8::1", 128).isSingle)
    }
}
