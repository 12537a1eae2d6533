import Core

// The table of cases. Ports from 2200 are TCP's, from 2300 UDP's; all parties listen on all of them.
extension PacketScenario {
    private static let incomingDefault = "Default for incoming"
    private static let outgoingDefault = "Default for outgoing"
    private static let rest = "Everything else"

    static let all = [
        standard, addresses, sourcePorts, actions, states, departments, protocols, open, refusing, silentOutside,
    ]

    private static let standard = PacketScenario(
        name: "protocols and ports under the standard policy",
        machine: [
            .rule("web", .accept, .incoming, "tcp", 2201...2201),
            .rule("range", .accept, .incoming, "tcp", 2210...2219),
            .rule("names", .accept, .incoming, "udp", 2301...2301), .rule("ping", .accept, .incoming, "icmp"),
        ],
        cases: [
            PacketCase(.peer, .machine, "tcp", 2201, is: .open, by: "web"),
            PacketCase(.peer, .machine, "tcp", 2202, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "tcp", 2209, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "tcp", 2210, is: .open, by: "range"),
            PacketCase(.peer, .machine, "tcp", 2219, is: .open, by: "range"),
            PacketCase(.peer, .machine, "tcp", 2220, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "udp", 2301, is: .open, by: "names"),
            PacketCase(.peer, .machine, "udp", 2302, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "icmp", is: .open, by: "ping"),
            PacketCase(.machine, .peer, "icmp", is: .open, by: outgoingDefault),
            PacketCase(.machine, .peer, "tcp", 2202, is: .open, by: outgoingDefault),
            PacketCase(.machine, .peer, "udp", 2302, is: .open, by: outgoingDefault),
            PacketCase(.machine, .host, "tcp", 2202, is: .open, by: outgoingDefault),
            PacketCase(.host, .machine, "tcp", 2201, is: .open, by: "web"),
            PacketCase(.host, .machine, "tcp", 2202, is: .silent, by: incomingDefault),
            PacketCase(.host, .machine, "udp", 2302, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "tcp", 2201, over: .ipv6, is: .open, by: "web"),
            PacketCase(.peer, .machine, "tcp", 2202, over: .ipv6, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "icmpv6", over: .ipv6, is: .silent, by: incomingDefault),
            PacketCase(.machine, .peer, "icmpv6", over: .ipv6, is: .open, by: outgoingDefault),
            PacketCase(.machine, .host, "tcp", 2202, over: .ipv6, is: .open, by: outgoingDefault),
        ])

    private static let addresses = PacketScenario(
        name: "addresses, masks and families",
        machine: [
            .rule("one", .accept, .incoming, "tcp", 2201...2201, from: PacketParty.peer.address(.ipv4)),
            .rule("block", .accept, .incoming, "tcp", 2202...2202, from: "\(PacketParty.networkV4).16/28"),
            .rule("block of IPv6", .accept, .incoming, "tcp", 2203...2203, from: "\(PacketParty.networkV6):/112"),
            .rule("one of IPv6", .accept, .incoming, "udp", 2304...2304, from: PacketParty.peerSecondV6),
            .rule("to me", .accept, .incoming, "udp", 2305...2305, to: PacketParty.machine.address(.ipv4)),
            .rule("to another", .accept, .incoming, "udp", 2306...2306, to: "\(PacketParty.networkV4).77"),
            .rule("not there", .drop, .outgoing, "tcp", 2207...2207, to: PacketParty.peer.address(.ipv4)),
        ],
        cases: [
            PacketCase(.peer, .machine, "tcp", 2201, is: .open, by: "one"),
            PacketCase(.peer, .machine, "tcp", 2201, at: PacketParty.peerSecond, is: .silent, by: incomingDefault),
            PacketCase(.host, .machine, "tcp", 2201, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "tcp", 2202, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "tcp", 2202, at: PacketParty.peerSecond, is: .open, by: "block"),
            PacketCase(.peer, .machine, "tcp", 2203, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "tcp", 2203, over: .ipv6, is: .open, by: "block of IPv6"),
            PacketCase(.host, .machine, "tcp", 2203, over: .ipv6, is: .open, by: "block of IPv6"),
            PacketCase(.peer, .machine, "udp", 2304, over: .ipv6, is: .silent, by: incomingDefault),
            PacketCase(
                .peer, .machine, "udp", 2304, at: PacketParty.peerSecondV6, over: .ipv6, is: .open, by: "one of IPv6"),
            PacketCase(.peer, .machine, "udp", 2305, is: .open, by: "to me"),
            PacketCase(.peer, .machine, "udp", 2306, is: .silent, by: incomingDefault),
            PacketCase(.machine, .peer, "tcp", 2207, is: .silent, by: "not there"),
            PacketCase(.machine, .host, "tcp", 2207, is: .open, by: outgoingDefault),
            PacketCase(.machine, .peer, "tcp", 2207, over: .ipv6, is: .open, by: outgoingDefault),
        ])

    private static let sourcePorts = PacketScenario(
        name: "ports of the sender",
        machine: [
            .rule("from 4444", .accept, .incoming, "tcp", 2201...2201, sourcePorts: 4444...4444),
            .rule("from a range", .accept, .incoming, "udp", 2301...2301, sourcePorts: 4000...4010),
            .rule("not from 4445", .drop, .incoming, sourcePorts: 4445...4445, priority: 100),
            .rule("others", .accept, .incoming, "tcp", 2203...2203),
        ],
        cases: [
            PacketCase(.peer, .machine, "tcp", 2201, from: 4444, is: .open, by: "from 4444"),
            PacketCase(.peer, .machine, "tcp", 2201, from: 4446, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "tcp", 2202, from: 4444, is: .silent, by: incomingDefault),
            PacketCase(.host, .machine, "tcp", 2201, from: 4444, is: .open, by: "from 4444"),
            PacketCase(.host, .machine, "tcp", 2202, from: 4444, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "udp", 2301, from: 4010, is: .open, by: "from a range"),
            PacketCase(.peer, .machine, "udp", 2301, from: 4011, is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "tcp", 2203, from: 4445, is: .silent, by: "not from 4445"),
            PacketCase(.host, .machine, "tcp", 2203, from: 4445, is: .silent, by: "not from 4445"),
            PacketCase(.peer, .machine, "tcp", 2203, from: 4446, is: .open, by: "others"),
        ])

    private static let actions = PacketScenario(
        name: "actions and priorities",
        machine: [
            .rule("no", .reject, .incoming, "tcp", 2201...2201, priority: 100),
            .rule("never", .drop, .incoming, "tcp", 2205...2205, priority: 150),
            .rule("many", .accept, .incoming, "tcp", 2200...2210, priority: 200),
            .rule("the rest of many", .drop, .incoming, "tcp", 2206...2215, priority: 300),
            .rule("no datagrams", .reject, .incoming, "udp", 2301...2301),
            .rule("not out", .reject, .outgoing, "tcp", 2202...2202),
            .rule("silently not out", .drop, .outgoing, "tcp", 2203...2203),
        ],
        cases: [
            PacketCase(.peer, .machine, "tcp", 2201, is: .refused, by: "no"),
            PacketCase(.peer, .machine, "tcp", 2201, over: .ipv6, is: .refused, by: "no"),
            // What is dropped in every state is dropped by the bridge, which cannot reject.
            PacketCase(.host, .machine, "tcp", 2201, is: .silent, by: "no"),
            PacketCase(.peer, .machine, "tcp", 2205, is: .silent, by: "never"),
            PacketCase(.peer, .machine, "tcp", 2206, is: .open, by: "many"),
            PacketCase(.peer, .machine, "tcp", 2211, is: .silent, by: "the rest of many"),
            PacketCase(.peer, .machine, "udp", 2301, is: .refused, by: "no datagrams"),
            PacketCase(.machine, .peer, "tcp", 2202, is: .refused, by: "not out"),
            PacketCase(.machine, .peer, "tcp", 2203, is: .silent, by: "silently not out"),
            PacketCase(.machine, .peer, "tcp", 2204, is: .open, by: outgoingDefault),
            PacketCase(.machine, .host, "tcp", 2202, is: .refused, by: "not out"),
        ])

    private static let states = PacketScenario(
        name: "states of connections",
        machine: [
            .rule("in only", .accept, .incoming, "tcp", 2201...2201, states: ["new", "established"]),
            .rule("in", .accept, .incoming, "tcp", 2202...2202, states: ["new", "established"]),
            .rule("and out", .accept, .outgoing, sourcePorts: 2202...2202, states: ["established"]),
            .rule("none new", .drop, .incoming, "tcp", 2203...2203, states: ["new"], priority: 100),
            .rule("but known", .accept, .incoming, "tcp", 2203...2206, priority: 200),
            .rule("only new", .accept, .incoming, "udp", 2301...2301, states: ["new"]),
            .rule("only known", .accept, .incoming, "udp", 2302...2302, states: ["established"]),
        ],
        cases: [
            // Whoever names states has to let out the answers himself.
            PacketCase(.peer, .machine, "tcp", 2201, is: .silent, by: rest),
            PacketCase(.peer, .machine, "tcp", 2202, is: .open, by: "in"),
            PacketCase(.peer, .machine, "tcp", 2202, over: .ipv6, is: .open, by: "in"),
            PacketCase(.peer, .machine, "tcp", 2203, is: .silent, by: "none new"),
            PacketCase(.peer, .machine, "tcp", 2204, is: .open, by: "but known"),
            PacketCase(.peer, .machine, "udp", 2301, is: .silent, by: rest),
            PacketCase(.peer, .machine, "udp", 2302, is: .silent, by: incomingDefault),
            PacketCase(.machine, .peer, "tcp", 2205, is: .open, by: outgoingDefault),
        ])

    private static let departments = PacketScenario(
        name: "a department's rules and a machine's",
        department: [
            .rule("closed here", .drop, .incoming, "tcp", 2201...2203, priority: 100),
            .rule("open here", .accept, .incoming, "tcp", 2205...2206, priority: 300),
            .rule("refused here", .reject, .incoming, "tcp", 2207...2207, priority: 300),
        ],
        machine: [
            .rule("open all the same", .accept, .incoming, "tcp", 2201...2201, priority: 900, overrides: true),
            .rule("partly in vain", .accept, .incoming, "tcp", 2203...2204, priority: 200),
            .rule("closed before", .drop, .incoming, "tcp", 2205...2205, priority: 200),
            .rule("partly too late", .drop, .incoming, "tcp", 2206...2209, priority: 400),
            .rule("closed above all", .drop, .incoming, "udp", 2301...2301, priority: 1000, overrides: true),
        ],
        cases: [
            PacketCase(.peer, .machine, "tcp", 2201, is: .open, by: "open all the same"),
            PacketCase(.host, .machine, "tcp", 2201, is: .open, by: "open all the same"),
            PacketCase(.peer, .machine, "tcp", 2202, is: .silent, by: "closed here"),
            PacketCase(.host, .machine, "tcp", 2202, is: .silent, by: "closed here"),
            PacketCase(.peer, .machine, "tcp", 2203, is: .silent, by: "closed here"),
            PacketCase(.peer, .machine, "tcp", 2204, is: .open, by: "partly in vain"),
            PacketCase(.peer, .machine, "tcp", 2205, is: .silent, by: "closed before"),
            PacketCase(.peer, .machine, "tcp", 2206, is: .open, by: "open here"),
            PacketCase(.peer, .machine, "tcp", 2207, is: .refused, by: "refused here"),
            PacketCase(.peer, .machine, "tcp", 2208, is: .silent, by: "partly too late"),
            PacketCase(.peer, .machine, "udp", 2301, is: .silent, by: "closed above all"),
            PacketCase(.host, .machine, "udp", 2301, is: .silent, by: "closed above all"),
        ])

    private static let protocols = PacketScenario(
        name: "all protocols, and some without ports",
        machine: [
            .rule("a friend", .accept, .incoming, "all", from: PacketParty.peerSecond),
            .rule("tunnels", .accept, .incoming, "esp", from: PacketParty.peer.address(.ipv4)),
            .rule("a friend of IPv6", .accept, .incoming, "all", from: PacketParty.peerSecondV6),
            .rule("ping6", .accept, .incoming, "icmpv6", from: PacketParty.peer.address(.ipv6)),
            .rule("nothing to the host", .drop, .outgoing, "icmp", to: PacketParty.host.address(.ipv4)),
        ],
        cases: [
            PacketCase(.peer, .machine, "tcp", 2201, at: PacketParty.peerSecond, is: .open, by: "a friend"),
            PacketCase(.peer, .machine, "udp", 2301, at: PacketParty.peerSecond, is: .open, by: "a friend"),
            PacketCase(.peer, .machine, "icmp", at: PacketParty.peerSecond, is: .open, by: "a friend"),
            PacketCase(.peer, .machine, "50", at: PacketParty.peerSecond, is: .open, by: "a friend"),
            PacketCase(.peer, .machine, "50", is: .open, by: "tunnels"),
            PacketCase(.host, .machine, "50", is: .silent, by: incomingDefault),
            PacketCase(.peer, .machine, "tcp", 2201, is: .silent, by: incomingDefault),
            PacketCase(
                .peer, .machine, "tcp", 2201, at: PacketParty.peerSecondV6, over: .ipv6, is: .open,
                by: "a friend of IPv6"),
            PacketCase(
                .peer, .machine, "udp", 2301, at: PacketParty.peerSecondV6, over: .ipv6, is: .open,
                by: "a friend of IPv6"),
            PacketCase(.peer, .machine, "icmpv6", over: .ipv6, is: .open, by: "ping6"),
            PacketCase(.host, .machine, "icmpv6", over: .ipv6, is: .silent, by: incomingDefault),
            PacketCase(.machine, .host, "icmp", is: .silent, by: "nothing to the host"),
            PacketCase(.machine, .peer, "icmp", is: .open, by: outgoingDefault),
            PacketCase(.machine, .peer, "50", is: .open, by: outgoingDefault),
        ])

    private static let open = PacketScenario(
        name: "a policy that lets in", incoming: .accept,
        machine: [
            .rule("but not this", .drop, .incoming, "tcp", 2201...2201),
            .rule("nor that", .reject, .incoming, "udp", 2301...2301),
        ],
        cases: [
            PacketCase(.peer, .machine, "tcp", 2201, is: .silent, by: "but not this"),
            PacketCase(.host, .machine, "tcp", 2201, is: .silent, by: "but not this"),
            PacketCase(.peer, .machine, "udp", 2301, is: .refused, by: "nor that"),
            PacketCase(.peer, .machine, "tcp", 2202, is: .open, by: incomingDefault),
            PacketCase(.peer, .machine, "udp", 2302, over: .ipv6, is: .open, by: incomingDefault),
            PacketCase(.host, .machine, "udp", 2302, is: .open, by: incomingDefault),
            PacketCase(.peer, .machine, "icmp", is: .open, by: incomingDefault),
            PacketCase(.machine, .peer, "tcp", 2201, is: .open, by: outgoingDefault),
        ])

    private static let refusing = PacketScenario(
        name: "a policy that refuses", incoming: .reject, outgoing: .reject,
        machine: [
            .rule("in", .accept, .incoming, "tcp", 2201...2201), .rule("out", .accept, .outgoing, "tcp", 2201...2201),
        ],
        cases: [
            PacketCase(.peer, .machine, "tcp", 2201, is: .open, by: "in"),
            PacketCase(.peer, .machine, "tcp", 2202, is: .refused, by: incomingDefault),
            PacketCase(.peer, .machine, "udp", 2302, is: .refused, by: incomingDefault),
            PacketCase(.machine, .peer, "tcp", 2201, is: .open, by: "out"),
            PacketCase(.machine, .peer, "tcp", 2202, is: .refused, by: outgoingDefault),
            PacketCase(.machine, .host, "udp", 2302, over: .ipv6, is: .refused, by: outgoingDefault),
        ])

    private static let silentOutside = PacketScenario(
        name: "a policy that lets nothing out", incoming: .accept, outgoing: .drop,
        machine: [.rule("names", .accept, .outgoing, "udp", 2301...2301)],
        cases: [
            PacketCase(.machine, .peer, "tcp", 2201, is: .silent, by: outgoingDefault),
            PacketCase(.machine, .host, "tcp", 2201, is: .silent, by: outgoingDefault),
            PacketCase(.machine, .peer, "icmp", is: .silent, by: outgoingDefault),
            PacketCase(.machine, .peer, "udp", 2301, is: .open, by: "names"),
            PacketCase(.machine, .peer, "udp", 2301, over: .ipv6, is: .open, by: "names"),
            PacketCase(.peer, .machine, "tcp", 2201, is: .open, by: incomingDefault),
        ])

    /// What another department says, for a machine that moves there.
    static let elsewhere = PacketScenario(
        name: "in another department",
        department: [.rule("only there", .accept, .incoming, "tcp", 2207...2207)],
        cases: [
            PacketCase(.peer, .machine, "tcp", 2207, is: .open, by: "only there"),
            PacketCase(.peer, .machine, "tcp", 2201, is: .silent, by: incomingDefault),
            PacketCase(.machine, .peer, "tcp", 2201, is: .open, by: outgoingDefault),
        ])
}
