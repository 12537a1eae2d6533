import CCrypto
import Glibc

/// bcrypt by the system's libcrypt. Each call computes for some 50 ms at cost 10: see `PasswordHasher`.
///
/// libcrypt takes pointers to texts and to its 32 KB of working memory, which live as long as the call: hence each
/// `unsafe` here.
package enum Bcrypt {
    package static let costs = 4...31

    /// bcrypt looks at no more of a password.
    package static let maximumPassword = 72

    /// The hash of a password with new salt. Nil when the password holds a NUL or libcrypt cannot do it.
    package static func hash(_ password: String, cost: Int) -> String? {
        let random = Digest.randomBytes(16)
        let setting = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CRYPT_GENSALT_OUTPUT_SIZE)) {
            buffer -> String? in
            let made = unsafe random.withUnsafeBytes { bytes in
                unsafe crypt_gensalt_rn(
                    "$2b$", UInt(cost), bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count),
                    buffer.baseAddress, Int32(buffer.count))
            }
            return unsafe made.map { unsafe String(cString: $0) }
        }
        return setting.flatMap { compute(password, setting: $0) }
    }

    /// Whether the hash is of this password. Other programs' hashes do: `$2a$`, `$2b$` and `$2y$`.
    package static func verify(_ password: String, hash: String) -> Bool {
        guard isHash(hash), let computed = compute(password, setting: hash) else { return false }
        return Digest.areEqual(Array(computed.utf8), Array(hash.utf8))
    }

    /// Whether `text` has the form of a bcrypt hash: libcrypt itself would try whatever scheme a text names.
    package static func isHash(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 60, text.hasPrefix("$2"), [0x61, 0x62, 0x79].contains(bytes[2]), bytes[3] == 0x24,
            bytes[6] == 0x24, let cost = Int(text.dropFirst(4).prefix(2))
        else { return false }
        return costs.contains(cost)
    }

    private static func compute(_ password: String, setting: String) -> String? {
        // C would take a NUL for the end, and so "a\0b" for the password "a".
        guard !password.utf8.contains(0) else { return nil }
        return unsafe withUnsafeTemporaryAllocation(of: crypt_data.self, capacity: 1) { data in
            guard let start = data.baseAddress else { return nil }
            unsafe memset(start, 0, MemoryLayout<crypt_data>.size)
            // The working memory is left to others with parts of the password in it, unless it is cleared.
            defer { unsafe explicit_bzero(start, MemoryLayout<crypt_data>.size) }
            guard let result = unsafe crypt_r(password, setting, start) else { return nil }
            let text = unsafe String(cString: result)
            return text.hasPrefix("*") ? nil : text
        }
    }
}
