/// What Bay writes behind a rule in a filter, by which it finds the rule again in the host's tables.
package enum FirewallMark {
    private static let beginning = "ibay:"
    /// libvirt takes 256 bytes; what logs packets takes 64, of which an interface's name needs some.
    private static let longestID = 40

    /// Nil for an id that cannot be written: another program's, since Bay's are UUIDs.
    package static func text(of id: FirewallRule.ID) -> String? {
        guard isPlain(id.rawValue) else { return nil }
        return beginning + id.rawValue
    }

    /// The rule that a comment is about; nil where it is somebody else's comment.
    package static func rule(in text: some StringProtocol) -> FirewallRule.ID? {
        guard text.hasPrefix(beginning) else { return nil }
        let id = String(text.dropFirst(beginning.count))
        return isPlain(id) ? FirewallRule.ID(id) : nil
    }

    private static func isPlain(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.count <= longestID
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
