import Glibc

/// The host's tables of packets, where libvirt writes what filters say.
enum HostTables {
    /// One for each family; all take the same words.
    static let programs = ["iptables", "ip6tables"]

    /// Why Bay cannot reach what libvirt makes there; nil where it can.
    static func obstacle(uri: String, isLocal: Bool) -> String? {
        if !uri.hasPrefix("qemu"), !uri.hasPrefix("lxc") { return "this hypervisor has no packet filters" }
        if !isLocal { return "libvirt is another host's, whose tables bayd cannot read" }
        return geteuid() == 0 ? nil : "bayd is not root, as whom alone the host's tables can be read"
    }

    /// What is there, in the words of iptables-save(8), with counters where they are wanted. Nil where it cannot be read.
    static func save(_ program: String, counters: Bool = false) -> String? {
        runProgram([program + "-save", "-t", "filter"] + (counters ? ["-c"] : []), input: "", within: .seconds(10))
    }

    /// All of it or nothing, at one moment.
    static func restore(_ program: String, _ rules: [String]) -> Bool {
        let text = (["*filter"] + rules + ["COMMIT", ""]).joined(separator: "\n")
        return runProgram([program + "-restore", "--noflush", "--wait", "5"], input: text) != nil
    }
}
