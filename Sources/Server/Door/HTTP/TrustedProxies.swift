import NIOHTTP1

/// Reverse proxies whose word counts when they say where a client is.
package struct TrustedProxies: Equatable, Sendable {
    private let addresses: Set<String>

    package init(_ addresses: some Sequence<String> = []) { self.addresses = Set(addresses) }

    /// Where a request comes from: its peer, or for a proxy's the nearest address in `X-Forwarded-For` that is no proxy's.
    /// What stands farther left in that header is the client's own invention.
    package func client(of request: HTTPRequest) -> String? {
        guard let peer = request.address, addresses.contains(peer) else { return request.address }
        let chain = request.headers[canonicalForm: "X-Forwarded-For"]
        return chain.last { !addresses.contains(String($0)) }.map { String($0.prefix(64)) } ?? peer
    }
}
