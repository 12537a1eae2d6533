import JSON

/// The compact form of a token, with HS256 as the only algorithm: `header.payload.signature`, each in base64url.
/// Source: RFC 7515, section 3.1, and RFC 7518, section 3.2.
package struct TokenText: Equatable, Sendable {
    /// What is signed.
    package var signed: [UInt8]
    package var payload: [UInt8]
    package var signature: [UInt8]

    /// Longer ones are not looked at.
    package static let maximumLength = 8192

    private static let header = Base64URL.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))

    /// Nil when the text has not that form, or names another algorithm. Trusts nothing in it.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), let fields = (try? JSONValue(parsing: header))?.object,
            fields["alg"] == "HS256", fields["crit"] == nil
        else { return nil }
        signed = Array(parts[0] + [UInt8(ascii: ".")] + parts[1])
        self.payload = payload
        self.signature = signature
    }

    /// What has to be signed for these claims.
    package static func unsigned(_ claims: TokenClaims) -> [UInt8] {
        header + [UInt8(ascii: ".")] + Base64URL.encode(Array(JSONValue.object(claims.object).text.utf8))
    }

    package static func text(unsigned: [UInt8], signature: [UInt8]) -> String {
        String(decoding: unsigned + [UInt8(ascii: ".")] + Base64URL.encode(signature), as: UTF8.self)
    }
}

/// Source: RFC 4648, section 5, without padding.
package enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let values: [UInt8?] = {
        var values = [UInt8?](repeating: nil, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var bits = 0
        var word: UInt32 = 0
        for byte in bytes {
            word = word << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(word >> UInt32(bits)) & 63])
            }
        }
        if bits > 0 { text.append(alphabet[Int(word << UInt32(6 - bits)) & 63]) }
        return text
    }

    /// Nil for what `encode` would not write.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var bits = 0
        var word: UInt32 = 0
        for letter in text {
            guard let value = values[Int(letter)] else { return nil }
            word = word << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
            }
        }
        // The bits that are left over belong to nothing: others than zeros would be a second way to write the same.
        return word & ((1 << UInt32(bits)) - 1) == 0 ? bytes : nil
    }
}
