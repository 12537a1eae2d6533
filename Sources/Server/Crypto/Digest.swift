import CCrypto

/// Digests and random numbers of the system's libcrypto.
///
/// Its functions take pointers to bytes that they read or fill during the call and keep nothing: hence each `unsafe` here.
package enum Digest {
    /// 32 bytes. Source: RFC 2104 with SHA-256.
    package static func hmacSHA256(_ message: some Sequence<UInt8>, key: [UInt8]) -> [UInt8] {
        let message = Array(message)
        return unsafe filled(Int(SHA256_DIGEST_LENGTH)) { out in
            unsafe HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, out, nil) != nil
        }
    }

    /// 32 bytes.
    package static func sha256(_ message: [UInt8]) -> [UInt8] {
        unsafe filled(Int(SHA256_DIGEST_LENGTH)) { unsafe SHA256(message, message.count, $0) != nil }
    }

    /// 20 bytes: for protocols that ask for it, such as the handshake of WebSocket, and for no secret.
    package static func sha1(_ message: [UInt8]) -> [UInt8] {
        unsafe filled(Int(SHA_DIGEST_LENGTH)) { unsafe SHA1(message, message.count, $0) != nil }
    }

    /// 16 bytes: for names that other programs know, and for no secret.
    package static func md5(_ message: [UInt8]) -> [UInt8] {
        unsafe filled(16) { unsafe EVP_Digest(message, message.count, $0, nil, EVP_md5(), nil) == 1 }
    }

    /// As people write digests.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Bytes that nobody can guess.
    package static func randomBytes(_ count: Int) -> [UInt8] {
        unsafe filled(count) { unsafe RAND_bytes($0, Int32(count)) == 1 }
    }

    /// Whether both are the same. How long it takes tells nothing but their length.
    package static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return unsafe CRYPTO_memcmp(a, b, a.count) == 0
    }

    private static func filled(_ count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Bool) -> [UInt8] {
        if count == 0 { return [] }
        var isDone = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            guard let start = buffer.baseAddress else { return }
            unsafe start.initialize(repeating: 0, count: count)
            isDone = unsafe fill(start)
            filled = count
        }
        // It fails only where memory ends; zeros would be a code that anybody can guess.
        precondition(isDone, "libcrypto does not work")
        return bytes
    }
}
