/// What proves, while nobody can sign in yet, that who sets the server up may read its log.
package struct SetupCode: Equatable, Sendable {
    package let text: String

    /// 125 random bits, in letters and digits that are not mistaken for each other.
    package init(using generator: inout some RandomNumberGenerator) {
        let alphabet = Array("23456789abcdefghijkmnpqrstuvwxyz")
        text = (0..<5).map { _ in
            String((0..<5).map { _ in alphabet[Int.random(in: 0..<32, using: &generator)] })
        }.joined(separator: "-")
    }

    /// Compares in a time that does not tell how much of it is right.
    package func matches(_ other: String) -> Bool {
        let (mine, theirs) = (Array(text.utf8), Array(other.utf8))
        guard mine.count == theirs.count else { return false }
        return zip(mine, theirs).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Why a server was not set up.
package enum SetupError: Error, Equatable {
    case alreadySetUp
    case wrongCode
    case incomplete

    package var message: String {
        switch self {
        case .alreadySetUp: "this server has been set up: its administrators make the accounts"
        case .wrongCode: "this is not the setup code that the server wrote to its log when it started"
        case .incomplete: "setting up needs the email and the password of the first administrator"
        }
    }
}
