import Core
import JSON
import Testing

@Suite struct TokenTests {
    @Test(arguments: UInt64(0)..<50) func `base64url reads what it writes`(seed: UInt64) {
        var state = seed
        let bytes = (0..<Int(seed)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        let text = Base64URL.encode(bytes)
        #expect(Base64URL.decode(text) == bytes)
        #expect(!text.contains(UInt8(ascii: "=")))
    }

    @Test(arguments: ["A", "AB=", "AB==", "A+B/", "AA\n", "AB", "AAAAA"])
    func `base64url has one way to write`(text: String) {
        #expect(Base64URL.decode(Array(text.utf8)) == nil)
    }

    @Test func `claims come back`() {
        let claims = TokenClaims(
            userID: "u", email: "a@b", role: .admin, issuedAt: 10, expiresAt: 20, generation: 3, id: "x")
        #expect(TokenClaims(claims.object) == claims)
    }

    @Test func `claims of other programs are read`() {
        #expect(TokenClaims(["userId": "u", "role": "USER", "exp": 20.7])?.expiresAt == 20)
        #expect(TokenClaims(["userId": "u", "userRole": "ADMIN", "role": "USER", "exp": 20])?.role == .admin)
    }

    @Test(
        arguments: [
            ["userId": "u", "userRole": "USER"], ["userId": "", "userRole": "USER", "exp": 1],
            ["userRole": "USER", "exp": 1], ["userId": "u", "exp": 1], ["userId": "u", "userRole": "ROOT", "exp": 1],
            ["userId": 1, "userRole": "USER", "exp": 1], ["userId": "u", "userRole": "USER", "exp": "1"],
            ["userId": "u", "userRole": "USER", "exp": 1, "iat": "now"],
            ["userId": "u", "userRole": "USER", "exp": 1e300],
        ] as [JSONObject]) func `claims that lack something are none`(object: JSONObject)
    {
        #expect(TokenClaims(object) == nil)
    }

    @Test func `a token is good from its beginning to its end`() {
        var claims = TokenClaims(userID: "u", email: nil, role: .user, issuedAt: 10, expiresAt: 20)
        #expect(claims.isCurrent(at: Timestamp(milliseconds: 19_999)))
        #expect(!claims.isCurrent(at: Timestamp(milliseconds: 20_000)))
        claims.notBefore = 15
        #expect(!claims.isCurrent(at: Timestamp(milliseconds: 14_999)))
        #expect(claims.isCurrent(at: Timestamp(milliseconds: 15_000)))
    }

    @Test func `a cut ends the tokens before it`() {
        var claims = TokenClaims(userID: "u", email: nil, role: .user, issuedAt: 10, expiresAt: 20, generation: 1)
        #expect(!SessionCut(generation: 1, at: Timestamp(milliseconds: 12_000)).ended(claims))
        #expect(SessionCut(generation: 2, at: Timestamp(milliseconds: 5_000)).ended(claims))
        claims.generation = nil
        #expect(!SessionCut().ended(claims))
        #expect(!SessionCut(generation: 2, at: Timestamp(milliseconds: 9_999)).ended(claims))
        #expect(SessionCut(generation: 2, at: Timestamp(milliseconds: 10_001)).ended(claims))
        claims.issuedAt = nil
        #expect(SessionCut(generation: 2, at: Timestamp(milliseconds: 10_001)).ended(claims))
    }

    private func token(header: String, payload: String = "{}") -> String {
        func part(_ text: String) -> String { String(decoding: Base64URL.encode(Array(text.utf8)), as: UTF8.self) }
        return "\(part(header)).\(part(payload)).AAAA"
    }

    @Test func `only HS256 is read`() {
        #expect(TokenText(token(header: #"{"alg":"HS256"}"#)) != nil)
        #expect(TokenText(token(header: #"{"typ":"JWT","alg":"HS256","kid":"1"}"#)) != nil)
        for header in [
            #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"hs256"}"#, #"{"alg":"HS512"}"#, #"{"alg":"RS256"}"#, "{}",
            #"{"alg":["HS256"]}"#, #"{"alg":"HS256","alg":"none"}"#, #"{"alg":"HS256","crit":["x"]}"#, "[]", "HS256",
            "",
        ] { #expect(TokenText(token(header: header)) == nil, "\(header)") }
    }

    @Test func `what has not three parts is no token`() {
        for text in ["", ".", "..", "a.b", "a.b.c.d", "....", String(repeating: "a", count: 1 << 20), "é.é.é"] {
            #expect(TokenText(text) == nil)
        }
    }
}
