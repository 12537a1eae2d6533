import Core
import Testing

@testable import TUI

@Suite struct FormatTests {
    @Test(arguments: [
        (0.0, "0"), (7, "7"), (999, "999"), (999.6, "1.0K"), (1024, "1.0K"), (1536, "1.5K"), (10_188, "9.9K"),
        (10_230, "10K"),
        (1_023_000, "999K"), (1_048_576, "1.0M"), (3.4e7, "32M"), (1.2e12, "1.1T"), (-5, "0"),
    ])
    func `sizes are at most four columns`(value: Double, text: String) {
        #expect(Format.compact(value) == text)
        #expect(text.count <= 4)
    }

    @Test(arguments: UInt64(0)..<50)
    func `no size is longer`(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<200 {
            let value = Double(random.next() >> (random.next() % 60))
            #expect(Format.compact(value).count <= 4)
            #expect(Format.rate(value).count <= 6)
        }
    }

    @Test func `missing is not zero`() {
        #expect(Format.percent(nil) == "–")
        #expect(Format.percent(0) == "0%")
        #expect(Format.rate(nil) == "–")
        #expect(Format.rate(0) == "0")
        #expect(Format.compact(.nan) == "–")
    }

    @Test(arguments: [(3.44, "3.4%"), (9.96, "10%"), (57.4, "57%"), (100, "100%"), (0.01, "0%"), (0.07, "0.1%")])
    func `percentages`(value: Double, text: String) { #expect(Format.percent(value) == text) }

    @Test(arguments: [
        (0.0, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (7200, "2h"), (86_400, "1d"), (1_209_600, "2w"),
        (63_072_000, "2y"), (-4, "0s"),
    ])
    func `ages`(seconds: Double, text: String) { #expect(Format.age(seconds: seconds) == text) }

    @Test func `times and decimals`() {
        #expect(Format.duration(seconds: 42) == "42s")
        #expect(Format.duration(seconds: 185) == "3m 05s")
        #expect(Format.duration(seconds: 7620) == "2h 07m")
        #expect(Format.duration(seconds: 273_600) == "3d 4h")
        #expect(Format.decimal(3.14159, places: 2) == "3.14")
        #expect(Format.decimal(-0.05, places: 1) == "-0.1")
        #expect(Format.decimal(2, places: 3) == "2.000")
        #expect(Format.mebibytes(2048) == "2.0G")
    }

    @Test func `roles of the console and of themes have the same names in the same order`() {
        #expect(Role.allCases.map { "\($0)" } == Theme.roles)
    }
}
