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

    package init() {}

    package static let ports = 0...65535
}
