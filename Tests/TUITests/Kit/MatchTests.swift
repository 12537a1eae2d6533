import Testing

@testable import TUI

@Suite struct MatchTests {
    @Test(arguments: [
        ("web", "my-WEB-01", true), ("wb1", "web-01", false), ("ÄÖ", "xäöx", true), ("", "anything", true),
        ("abc", "ab", false),
    ])
    func `substrings without regard to case`(pattern: String, text: String, found: Bool) {
        #expect(Match(pattern).matches(text) == found)
    }

    @Test(arguments: [("wb1", "web-01", true), ("rdy", "ready", true), ("ydr", "ready", false), ("st", "start", true)])
    func `letters in order`(pattern: String, text: String, found: Bool) {
        #expect(Match(pattern, mode: .fuzzy).matches(text) == found)
    }

    @Test func `better matches come first`() {
        let match = Match("sn", mode: .fuzzy)
        let order = ["session", "list snapshots", "snapshot", "transition"].sorted {
            (match.score($0) ?? -1) > (match.score($1) ?? -1)
        }
        #expect(order.first == "snapshot")
        #expect(order[1] == "list snapshots")
    }

    @Test func `what matched is marked`() {
        #expect(
            Match("東").spans(in: "a東b") == [Span("a"), Span("東", .match), Span("b")])
        #expect(
            Match("vm1", mode: .fuzzy).spans(in: "vm-001", role: .muted)
                == [Span("vm", .match), Span("-00", .muted), Span("1", .match)])
        #expect(Match("zz").spans(in: "abc") == [Span("abc")])
    }
}
