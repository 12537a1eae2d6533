import Crypto
import Testing

@Suite struct CryptoTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Source: RFC 4231, test case 2.
    @Test func `an HMAC is the one of the standard`() {
        #expect(
            hex(Digest.hmacSHA256("what do ya want for nothing?".utf8, key: Array("Jefe".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func `digests are those of the standard`() {
        #expect(
            hex(Digest.sha256(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(hex(Digest.sha1(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test func `random bytes differ`() {
        #expect(Digest.randomBytes(32) != Digest.randomBytes(32))
        #expect(Digest.randomBytes(0).isEmpty)
    }

    /// From the tests of crypt_blowfish and of jBCrypt.
    @Test(arguments: [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
    ]) func `hashes of other programs verify`(password: String, hash: String) {
        #expect(Bcrypt.verify(password, hash: hash))
        #expect(!Bcrypt.verify(password + "x", hash: hash))
    }

    @Test(arguments: ["secret", "пароль", "", String(repeating: "x", count: 72)])
    func `a password verifies against its own hash and no other does`(password: String) throws {
        let hash = try #require(Bcrypt.hash(password, cost: 4))
        #expect(hash.hasPrefix("$2b$04$") && Bcrypt.isHash(hash))
        #expect(Bcrypt.verify(password, hash: hash))
        #expect(!Bcrypt.verify("other", hash: hash))
        #expect(Bcrypt.hash(password, cost: 4) != hash)
    }

    @Test func `a password that holds a NUL is no password`() throws {
        #expect(Bcrypt.hash("a\0b", cost: 4) == nil)
        #expect(!Bcrypt.verify("a\0b", hash: try #require(Bcrypt.hash("a", cost: 4))))
    }

    @Test(arguments: ["", "plain", "$6$salt$hash", "$2b$10$short", "*0", String(repeating: "$", count: 60)])
    func `what is no bcrypt hash verifies nothing`(text: String) {
        #expect(!Bcrypt.isHash(text))
        #expect(!Bcrypt.verify("", hash: text) && !Bcrypt.verify(text, hash: text))
    }
}
