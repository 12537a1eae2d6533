import Core
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (1_763_720_130_123, "2025-11-21T10:15:30.123Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
    ])
    func `an instant prints and reads back`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
        #expect(Timestamp(iso8601: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `printing and reading are inverse`(seed: UInt64) {
        var state = seed
        for _ in 0..<2000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let instant = Timestamp(milliseconds: Int64(state >> 20) % 4_000_000_000_000)
            #expect(Timestamp(iso8601: instant.iso8601) == instant)
        }
    }

    @Test func `other spellings of the same instant are read`() {
        let instant = Timestamp(iso8601: "2025-11-21T10:15:30.000Z")
        #expect(Timestamp(iso8601: "2025-11-21 10:15:30") == instant)
        #expect(Timestamp(iso8601: "2025-11-21T12:15:30+02:00") == instant)
        #expect(Timestamp(iso8601: "2025-11-21T05:15:30.000000-0500") == instant)
    }

    @Test(arguments: [
        "", "2025", "2025-13-01T00:00:00Z", "2025-11-21T25:00:00Z", "2025-11-21T10:15:30Q", "x025-11-21T10:15:30Z",
    ])
    func `what is no instant is not read`(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }
}
