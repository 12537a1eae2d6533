import Core
import Testing

@Suite struct ScreenTests {
    private static func screens(_ graphics: String) throws -> [Screen] {
        Screen.all(in: try XMLElement(parsing: "<domain><devices>\(graphics)</devices></domain>"))
    }

    @Test func `SPICE comes before VNC, and what is not on the network is left out`() throws {
        let found = try Self.screens(
            """
            <graphics type='vnc' port='5901' listen='127.0.0.1'/><graphics type='egl-headless'/>\
            <graphics type='spice' port='5900' tlsPort='5905' passwd='secret' listen='0.0.0.0'>\
            <listen type='address' address='10.0.0.5'/></graphics>\
            <graphics type='vnc'><listen type='socket' socket='/run/x'/></graphics>
            """)
        #expect(
            found == [
                Screen(kind: "spice", port: 5900, tlsPort: 5905, listen: "10.0.0.5", password: "secret"),
                Screen(kind: "vnc", port: 5901, listen: "127.0.0.1"),
            ])
    }

    private static let places: [(listen: String?, graphic: String?, app: String?, link: String)] = [
        ("10.0.0.5", nil, nil, "spice://10.0.0.5:5900"), ("0.0.0.0", nil, nil, "spice://localhost:5900"),
        (nil, nil, "vdi.example.org", "spice://vdi.example.org:5900"), ("::", nil, "0.0.0.0", "spice://localhost:5900"),
        ("127.0.0.1", nil, "vdi.example.org", "spice://127.0.0.1:5900"),
        ("127.0.0.1", "proxy", "vdi.example.org", "spice://proxy:5900"),
        ("fd00::1", nil, nil, "spice://[fd00::1]:5900"),
    ]

    @Test(arguments: places)
    func `a link leads to where a viewer finds the host`(
        place: (listen: String?, graphic: String?, app: String?, link: String)
    ) {
        let screen = Screen(kind: "spice", port: 5900, listen: place.listen, password: "secret")
        #expect(screen.link(ScreenHosts(graphic: place.graphic, app: place.app)) == place.link)
    }

    @Test func `a screen without a port has no link`() throws {
        let off = try Self.screens("<graphics type='spice' port='-1' autoport='yes'/>")
        #expect(off.map { $0.link(ScreenHosts()) } == [nil])
        let secured = Screen(kind: "spice", tlsPort: 5901)
        #expect(secured.link(ScreenHosts()) == "spice://localhost?tls-port=5901")
    }
}
