/// What the server asks of libvirt's packet filters.
package protocol FilterPort: Sendable {
    /// The filters whose names begin like this, with what libvirt holds of them, by name.
    func filters(named prefix: String) async throws(LibvirtError) -> [HostFilter]
    func filter(_ name: String) async throws(LibvirtError) -> HostFilter?
    /// Makes a filter, or changes the one with its name and UUID. Machines that run with it have the new one when this
    /// returns. The answer is what libvirt made of it.
    func defineFilter(xml: String) async throws(LibvirtError) -> HostFilter
    /// The interfaces of all domains by UUID, as they run and as they are defined.
    func interfaces() async throws(LibvirtError) -> [String: [FilteredInterface]]
    /// Puts a filter on those interfaces of a domain that have none, now if it runs, and in its definition.
    func attachFilter(_ name: String, to key: DomainKey) async throws(LibvirtError) -> FilterAttachment
    /// How often rules were met, where that can be told.
    func filterCounters() async throws(LibvirtError) -> FilterCounters
    /// The packets that filters drop from now on, for as long as the stream is read; those alone that the host was asked to
    /// tell of. One program listens to a group.
    func drops(in group: UInt16) async throws(LibvirtError) -> AsyncStream<DropBatch>
    /// Has the host tell a group of what the filters of running machines drop, or no more. To be asked for again whenever
    /// libvirt may have made its rules anew. Returns the filters by the names of the interfaces that have them.
    func tellDrops(_ isOn: Bool, to group: UInt16) async throws(LibvirtError) -> [String: String]
}

/// A packet filter as libvirt holds it.
package struct HostFilter: Equatable, Sendable {
    package var name: String
    package var uuid: String
    package var xml: String

    package init(name: String, uuid: String, xml: String) {
        self.name = name
        self.uuid = uuid
        self.xml = xml
    }
}

/// An interface of a domain, and its filter.
package struct FilteredInterface: Equatable, Sendable {
    /// `network`, `bridge`, `direct`, ...
    package var kind: String
    package var mac: String
    package var filter: String?
    /// Whether it is one of those that the domain runs with, or one of its definition.
    package var isLive: Bool

    package init(kind: String, mac: String, filter: String?, isLive: Bool) {
        self.kind = kind
        self.mac = mac
        self.filter = filter
        self.isLive = isLive
    }

    package init(_ element: XMLElement, isLive: Bool) {
        self.init(
            kind: element[attribute: "type"] ?? "", mac: element.child("mac")?[attribute: "address"] ?? "",
            filter: element.child("filterref")?[attribute: "filter"], isLive: isLive)
    }

    /// libvirt filters what goes through a tap device of the host; the others never pass its tables.
    package var canBeFiltered: Bool { ["network", "bridge", "ethernet"].contains(kind) }
}

/// What became of putting a filter on a domain's interfaces.
package struct FilterAttachment: Equatable, Sendable {
    /// How many interfaces got it, those that run and those of the definition counted apart.
    package var attached = 0
    /// Interfaces that have a filter which is not Bay's: they keep it.
    package var foreign: [FilteredInterface] = []
    /// Interfaces that no filter can be put on.
    package var unfilterable: [FilteredInterface] = []

    package init() {}

    /// The interface elements of a domain that are to be changed, as they shall be; what cannot be is noted.
    package mutating func plan(_ name: String, for domain: XMLElement, isLive: Bool) -> [XMLElement] {
        (domain.child("devices")?.all("interface") ?? []).compactMap { element in
            let interface = FilteredInterface(element, isLive: isLive)
            if interface.filter == name { return nil }
            if let other = interface.filter, !other.hasPrefix(FirewallFilter.namePrefix) {
                foreign.append(interface)
                return nil
            }
            guard interface.canBeFiltered else {
                unfilterable.append(interface)
                return nil
            }
            var changed = element
            changed.children.removeAll { $0.name == "filterref" }
            changed.children.append(XMLElement("filterref", ["filter": name]))
            return changed
        }
    }

    /// What people have to know; nil when every interface obeys the rules.
    package var problem: String? {
        var words = foreign.map { "interface \($0.mac) has the filter \($0.filter ?? ""), which Bay did not make" }
        words += unfilterable.map { "interface \($0.mac) of type \($0.kind) cannot be filtered" }
        // Mostly the same interface is told of as it runs and as it is defined.
        var told: Set<String> = []
        words.removeAll { !told.insert($0).inserted }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }
}
