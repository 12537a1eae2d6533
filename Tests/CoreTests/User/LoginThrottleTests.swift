import Testing

@testable import Core

@Suite struct LoginThrottleTests {
    private func at(_ seconds: Double) -> Timestamp { Timestamp(milliseconds: Int64(seconds * 1000)) }

    @Test func `a person who mistypes waits after five failures, and can go on later`() {
        var throttle = LoginThrottle()
        for _ in 0..<5 { #expect(throttle.begin(account: "ada", address: "10.0.0.1", at: at(0)) == nil) }
        #expect(throttle.begin(account: "ada", address: "10.0.0.1", at: at(0)) == 30)
        #expect(throttle.begin(account: "ada", address: "10.0.0.1", at: at(29)) == 1)
        #expect(throttle.begin(account: "ada", address: "10.0.0.1", at: at(30)) == nil)
        #expect(throttle.begin(account: "ada", address: "10.0.0.1", at: at(30)) == 30)
        #expect(throttle.begin(account: "ada", address: "10.0.0.1", at: at(3600)) == nil)
    }

    @Test func `the right password costs nothing and forgives`() {
        var throttle = LoginThrottle()
        for _ in 0..<1000 {
            #expect(throttle.begin(account: "ada", address: "10.0.0.1", at: at(0)) == nil)
            throttle.succeeded(account: "ada", address: "10.0.0.1", at: at(0))
        }
        for _ in 0..<4 { _ = throttle.begin(account: "ada", address: "10.0.0.1", at: at(1)) }
        _ = throttle.begin(account: "ada", address: "10.0.0.1", at: at(1))
        throttle.succeeded(account: "ada", address: "10.0.0.1", at: at(1))
        for _ in 0..<5 { #expect(throttle.begin(account: "ada", address: "10.0.0.1", at: at(1)) == nil) }
    }

    @Test func `failures of one account slow no other from the same address`() {
        var throttle = LoginThrottle()
        for _ in 0..<10_000 { _ = throttle.begin(account: "ada", address: "10.0.0.1", at: at(0)) }
        #expect(throttle.begin(account: "bob", address: "10.0.0.1", at: at(0)) == nil)
    }

    @Test func `whoever tries many accounts is stopped, and whoever signed in from there before is not`() {
        var throttle = LoginThrottle()
        #expect(throttle.begin(account: "bob", address: "10.0.0.1", at: at(0)) == nil)
        throttle.succeeded(account: "bob", address: "10.0.0.1", at: at(0))
        let admitted = (0..<10_000).count { throttle.begin(account: "a\($0)", address: "10.0.0.1", at: at(1)) == nil }
        #expect(admitted == 30)
        #expect(throttle.begin(account: "bob", address: "10.0.0.1", at: at(1)) == nil)
        #expect(throttle.begin(account: "carol", address: "10.0.0.2", at: at(1)) == nil)
    }

    @Test(arguments: ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
    func `a proxy on this host is not taken for whoever it serves`(address: String) {
        var throttle = LoginThrottle()
        let admitted = (0..<1000).count { throttle.begin(account: "a\($0)", address: address, at: at(1)) == nil }
        #expect(admitted == 1000)
    }

    @Test func `whoever tries an account from many addresses is stopped, and its owner is not`() {
        var throttle = LoginThrottle()
        _ = throttle.begin(account: "ada", address: "10.9.9.9", at: at(0))
        throttle.succeeded(account: "ada", address: "10.9.9.9", at: at(0))
        let admitted = (0..<10_000).count { throttle.begin(account: "ada", address: "a\($0)", at: at(1)) == nil }
        #expect(admitted == 50)
        #expect(throttle.begin(account: "ada", address: "10.9.9.9", at: at(1)) == nil)
    }

    @Test func `whoever tries an account from fifty addresses all day keeps its owner out nowhere`() {
        var throttle = LoginThrottle()
        var admitted = 0
        for second in 0..<3600 {
            for address in 0..<50
            where throttle.begin(account: "ada", address: "10.1.0.\(address)", at: at(Double(second))) == nil {
                admitted += 1
            }
        }
        // 50 at once and one in ten seconds, and what each address has as a newcomer.
        #expect(admitted <= 50 + 360 + 100)
        #expect(throttle.begin(account: "ada", address: "10.7.7.7", at: at(3600)) == nil)
        throttle.failedToTell(account: "ada", address: "10.7.7.7", at: at(3600))
        #expect(throttle.begin(account: "ada", address: "10.7.7.7", at: at(3600)) == nil)
        // Mistyping once is forgiven, too.
        #expect(throttle.begin(account: "ada", address: "10.7.7.7", at: at(3600)) == nil)
    }

    @Test func `an attempt that the server could not judge counts for nothing`() {
        var throttle = LoginThrottle()
        for _ in 0..<100 {
            #expect(throttle.begin(account: "ada", address: nil, at: at(0)) == nil)
            throttle.failedToTell(account: "ada", address: nil, at: at(0))
        }
    }

    @Test func `it keeps a bounded number in mind`() {
        var throttle = LoginThrottle(capacity: 100)
        for number in 0..<5000 {
            _ = throttle.begin(account: "a\(number)", address: "h\(number)", at: at(Double(number) / 1000))
        }
        #expect(throttle.size <= 100)
        #expect(throttle.begin(account: String(repeating: "x", count: 1 << 20), address: nil, at: at(9)) == nil)
    }

    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"), ("2001:DB8::1", "2001:db8:0:0"),
        ("fe80::1%eth0", "fe80:0:0:0"), ("::1", "0:0:0:0"), ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2::9", "2001:db8:1:2"), ("2001:db8:1:2:3::", "2001:db8:1:2"),
    ]) func `an address of IPv6 stands for its network`(address: String, network: String) {
        #expect(LoginThrottle.network(of: address) == network)
    }
}
