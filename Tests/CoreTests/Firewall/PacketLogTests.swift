import Core
import Testing

@Suite struct PacketLogTests {
    // MARK: Packets

    private static func ipv4(_ transport: UInt8, _ rest: [UInt8], options: Int = 0, fragment: UInt16 = 0) -> [UInt8] {
        [UInt8(0x45 + options), 0, 0, 60, 0, 0, UInt8(fragment >> 8), UInt8(fragment & 0xFF), 64, transport, 0, 0]
            + [10, 0, 3, 7, 10, 0, 3, 9] + [UInt8](repeating: 1, count: options * 4) + rest
    }

    private static func ipv6(_ transport: UInt8, _ rest: [UInt8]) -> [UInt8] {
        [0x60, 0, 0, 0, 0, 20, transport, 64] + [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7]
            + [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [9] + rest
    }

    /// From 50000 to 443.
    private static func tcp(flags: UInt8) -> [UInt8] {
        [0xC3, 0x50, 0x01, 0xBB, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]
    }

    @Test func `packets of both families are read with their ports`() throws {
        let four = try #require(PacketHeader(Self.ipv4(6, Self.tcp(flags: 2))[...]))
        #expect(four.source.description == "10.0.3.7" && four.destination.description == "10.0.3.9")
        #expect(four.sourcePort == 50_000 && four.destinationPort == 443 && four.transportName == "TCP")
        #expect(!four.isAnswer)
        let six = try #require(PacketHeader(Self.ipv6(17, Self.tcp(flags: 0))[...]))
        #expect(six.source.description == "2001:db8::7" && six.destination.description == "2001:db8::9")
        #expect(six.destinationPort == 443 && six.transportName == "UDP")
        // Options and extensions are stepped over.
        let long = try #require(PacketHeader(Self.ipv4(6, Self.tcp(flags: 0x12), options: 3)[...]))
        #expect(long.destinationPort == 443 && long.isAnswer)
        let hops: [UInt8] = [6, 1] + [UInt8](repeating: 0, count: 14)
        let extended = try #require(PacketHeader(Self.ipv6(0, hops + Self.tcp(flags: 2))[...]))
        #expect(extended.transportName == "TCP" && extended.destinationPort == 443)
    }

    @Test func `what has no ports to tell has none`() throws {
        for bytes in [
            Self.ipv4(1, [8, 0, 0, 0]), Self.ipv4(17, Self.tcp(flags: 0), fragment: 100), Self.ipv4(6, [1, 2]),
            Self.ipv4(89, Self.tcp(flags: 0)), Self.ipv6(44, [17, 0, 1, 8, 0, 0, 0, 1] + Self.tcp(flags: 0)),
        ] {
            let header = try #require(PacketHeader(bytes[...]))
            #expect(header.destinationPort == nil)
        }
        #expect(PacketHeader(Self.ipv4(89, [])[...])?.transportName == "IP-89")
        let others: [[UInt8]] = [
            [], [0x45], [0x41] + Array(Self.ipv4(6, []).dropFirst()), [0x10] + Array(Self.ipv4(6, []).dropFirst()),
        ]
        for bytes in others {
            #expect(PacketHeader(bytes[...]) == nil)
        }
    }

    // MARK: Messages of the kernel

    private static func attribute(_ kind: UInt8, _ value: [UInt8]) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
        return [UInt8((value.count + 4) & 0xFF), UInt8((value.count + 4) >> 8), kind, 0] + value + padding
    }

    private static func message(_ prefix: String, _ packet: [UInt8], number: UInt8) -> [UInt8] {
        let body =
            [2, 0, 0x12, 0xB6] + attribute(10, Array(prefix.utf8) + [0]) + attribute(9, packet)
            + attribute(12, [0, 0, 0, number])
        let count = 16 + body.count
        return [UInt8(count & 0xFF), UInt8(count >> 8), 0, 0, 0, 4, 0, 0] + [UInt8](repeating: 0, count: 8) + body
    }

    private static let place = DropPlace(
        direction: .incoming, interface: "vnet3", rule: FirewallRule.ID("policy-incoming"))

    @Test func `messages tell which rule of which interface drops what`() throws {
        let packet = Self.ipv4(6, Self.tcp(flags: 2))
        let bytes =
            Self.message("ibay-in:vnet3:policy-incoming", packet, number: 4)
            + Self.message("somebody else's", packet, number: 5)
            + Self.message("ibay-out:vnet4:web", Self.ipv6(17, Self.tcp(flags: 0)), number: 9)
        let messages = PacketLogMessages(bytes)
        #expect(messages.notices.map(\.place.prefix) == ["ibay-in:vnet3:policy-incoming", "ibay-out:vnet4:web"])
        #expect(messages.notices.first?.place == Self.place)
        #expect(messages.notices.first?.header.destinationPort == 443)
        #expect(messages.sequences == [4, 5, 9])
        let refusal: [UInt8] = [20, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0, 0xFF, 0xFF, 0xFF]
        #expect(PacketLogMessages(refusal).answers == [16])
    }

    @Test(arguments: UInt64(0)..<200)
    func `whatever comes, nothing is read that is not there`(seed: UInt64) {
        var state = seed
        func number() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
        let good = Self.message(
            "ibay-in:vnet3:web", seed % 2 == 0 ? Self.ipv6(0, [60, 0, 0, 0, 0, 0, 0, 0]) : Self.ipv4(6, []), number: 1)
        for _ in 0..<200 {
            var bytes = number() % 3 == 0 ? (0..<Int(number() % 300)).map { _ in UInt8(number() & 0xFF) } : good + good
            for _ in 0..<(number() % 6) where !bytes.isEmpty {
                bytes[Int(number() % UInt64(bytes.count))] = UInt8(number() & 0xFF)
            }
            bytes = Array(bytes.prefix(Int(number() % UInt64(bytes.count + 1))))
            // That it comes back is what is tested: reading past the end traps.
            #expect(PacketLogMessages(bytes).notices.count <= bytes.count)
            _ = PacketHeader(bytes[...])
        }
    }

    @Test func `a place that does not fit into what the kernel takes is not told of`() {
        let long = DropPlace(
            direction: .outgoing, interface: "vnet0123456789a", rule: FirewallRule.ID(String(repeating: "r", count: 40))
        )
        #expect(long.prefix == nil)
        #expect(
            DropPlace(direction: .incoming, interface: "a\"b", rule: FirewallRule.ID("web")).prefix == nil)
        for text in ["ibay-in:vnet3", "ibay-up:vnet3:web", "ibay-in::web", "ibay-in:vnet3:", "bay", "ibay-in:a:b:c"] {
            #expect(DropPlace(prefix: text) == nil)
        }
    }
}
