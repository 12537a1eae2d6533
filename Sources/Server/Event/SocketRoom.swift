/// What a Socket.io client can be in to hear of one thing: `user:ID`, `vm:ID`, `department:ID`.
package struct SocketRoom: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, CaseIterable, Sendable {
        /// All connections of one account. They are in it by themselves.
        case user
        case machine = "vm"
        case department
    }

    package var kind: Kind
    package var id: String

    package init(_ kind: Kind, _ id: String) {
        self.kind = kind
        self.id = id
    }

    /// Reads a room's name; nil where there are no such rooms.
    package init?(name: String) {
        guard let colon = name.firstIndex(of: ":"), let kind = Kind(rawValue: String(name[..<colon])) else {
            return nil
        }
        let id = name[name.index(after: colon)...]
        // Ids are UUIDs; other programs may have given others, and none as long as this.
        guard !id.isEmpty, id.utf8.count <= 128, !id.utf8.contains(0) else { return nil }
        self.init(kind, String(id))
    }

    package var name: String { "\(kind.rawValue):\(id)" }
    package var description: String { name }
}
