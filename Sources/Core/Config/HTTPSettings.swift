/// Where the HTTP door is, and which web pages may read what it answers.
package struct HTTPSettings: Equatable, Sendable {
    /// 0: no HTTP.
    package var port = 4000
    /// An address of the host, or a name of one.
    package var bind = "127.0.0.1"
    /// As `ALLOWED_ORIGINS` lists them: with commas, or `*` for all.
    package var allowedOrigins = "*"
    /// Addresses of reverse proxies, which say where a client is.
    package var trustedProxies: [String] = []
    /// Files of a certificate and of its key, in PEM.
    package var certificate: String?
    package var key: String?

    package init() {}

    package static let ports = 0...65535

    /// What connections are encrypted with; nil where they are not.
    package var tls: TLSFiles? {
        guard let certificate, let key else { return nil }
        return TLSFiles(certificate: certificate, key: key)
    }
}

/// Where a certificate and its key are, both in PEM.
package struct TLSFiles: Equatable, Sendable {
    /// The server's own comes first, and then those between it and one that clients know.
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
