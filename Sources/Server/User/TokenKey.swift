package import Core
import Crypto
import JSON

/// The secret that tokens are signed with.
package struct TokenKey: Sendable {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        precondition(!bytes.isEmpty, "anybody could sign with an empty key")
        self.bytes = bytes
    }

    package init(_ text: String) { self.init(Array(text.utf8)) }

    /// One that nobody knows.
    package static func random() -> TokenKey { TokenKey(Digest.randomBytes(32)) }

    package func sign(_ claims: TokenClaims) -> String {
        let unsigned = TokenText.unsigned(claims)
        return TokenText.text(unsigned: unsigned, signature: Digest.hmacSHA256(unsigned, key: bytes))
    }

    /// What a token says, if this key signed it. Whether it is still good is another question.
    package func verify(_ token: String) -> LoginSession? {
        guard let text = TokenText(token) else { return nil }
        let signature = Digest.hmacSHA256(text.signed, key: bytes)
        // Nothing in the payload is read before it is known whose it is.
        guard Digest.areEqual(signature, text.signature),
            let object = (try? JSONValue(parsing: text.payload))?.object, let claims = TokenClaims(object)
        else { return nil }
        return LoginSession(id: Self.id(signature), claims: claims)
    }

    /// Half of the digest of the signature: tells tokens apart, and nobody who reads it can make the token of it.
    private static func id(_ signature: [UInt8]) -> String {
        Digest.sha256(signature).prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Something that no other token holds.
    static func newTokenID() -> String { String(decoding: Base64URL.encode(Digest.randomBytes(9)), as: UTF8.self) }
}
