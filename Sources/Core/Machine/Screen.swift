/// The screen of a machine, as a viewer can reach it.
///
/// Source: `graphics` in <https://libvirt.org/formatdomain.html>
package struct Screen: Equatable, Sendable {
    /// `spice` or `vnc`.
    package var kind: String
    package var port: Int?
    /// The port with encryption, which SPICE has beside the other one.
    package var tlsPort: Int?
    /// The host's address that it listens on.
    package var listen: String?
    package var password: String?

    package init(
        kind: String, port: Int? = nil, tlsPort: Int? = nil, listen: String? = nil, password: String? = nil
    ) {
        self.kind = kind
        self.port = port
        self.tlsPort = tlsPort
        self.listen = listen
        self.password = password
    }
}

/// What the host is called where viewers are.
package struct ScreenHosts: Equatable, Sendable {
    /// Wins over everything: viewers come through a proxy, say.
    package var graphic: String?
    /// Where all of the host's addresses are listened on.
    package var app: String?

    package init(graphic: String? = nil, app: String? = nil) {
        self.graphic = graphic
        self.app = app
    }
}

extension Screen {
    /// The screens in a domain's XML that are on the network, SPICE first.
    package static func all(in domain: XMLElement) -> [Screen] {
        let screens = (domain.child("devices")?.all("graphics") ?? []).compactMap(Screen.init)
        return screens.filter { $0.kind == "spice" } + screens.filter { $0.kind != "spice" }
    }

    private init?(_ graphics: XMLElement) {
        guard let kind = graphics[attribute: "type"], kind == "spice" || kind == "vnc" else { return nil }
        let listen = graphics.child("listen")
        // A socket in the file system is for programs of the host.
        if ["socket", "none"].contains(listen?[attribute: "type"] ?? "") { return nil }
        self.init(
            kind: kind, port: Self.port(graphics[attribute: "port"]),
            tlsPort: Self.port(graphics[attribute: "tlsPort"]),
            listen: listen?[attribute: "address"] ?? graphics[attribute: "listen"],
            password: graphics[attribute: "passwd"])
    }

    /// A domain that is off has -1, or 0 where the port is found at its start.
    private static func port(_ text: String?) -> Int? {
        text.flatMap { Int($0) }.flatMap { (1...65535).contains($0) ? $0 : nil }
    }

    /// Where a viewer finds the host. An address that stands for all addresses is none that one can go to.
    package func host(_ hosts: ScreenHosts) -> String {
        if let graphic = hosts.graphic { return graphic }
        guard let listen, !listen.isEmpty, listen != "0.0.0.0", listen != "::" else {
            return hosts.app.flatMap { $0 == "0.0.0.0" || $0 == "::" ? nil : $0 } ?? "localhost"
        }
        return listen
    }

    /// `spice://desk.example.org:5900`; nil when it has no port. The password is never in it.
    package func link(_ hosts: ScreenHosts) -> String? {
        var host = host(hosts)
        if host.contains(":"), !host.hasPrefix("[") { host = "[\(host)]" }
        if let port { return "\(kind)://\(host):\(port)" }
        return tlsPort.map { "\(kind)://\(host)?tls-port=\($0)" }
    }
}
