package import Core
import Synchronization

// The test driver has no packet filters; those of the demo are kept in memory and filter nothing, as its networks lead nowhere.
extension DemoHypervisor {
    package func filters(named prefix: String) async throws(LibvirtError) -> [HostFilter] {
        book.filters(named: prefix)
    }
    package func filter(_ name: String) async throws(LibvirtError) -> HostFilter? { book.filter(name) }
    package func defineFilter(xml: String) async throws(LibvirtError) -> HostFilter {
        await book.work()
        return try book.define(xml)
    }
    package func interfaces() async throws(LibvirtError) -> [String: [FilteredInterface]] {
        book.interfaces(of: try await base.domains().map(\.uuid))
    }
    package func attachFilter(_ name: String, to key: DomainKey) async throws(LibvirtError) -> FilterAttachment {
        book.attach(name, to: try await base.domain(key).uuid)
    }
    package func filterCounters() async throws(LibvirtError) -> FilterCounters {
        book.looked()
    }
    package func drops(in group: UInt16) async throws(LibvirtError) -> AsyncStream<DropBatch> { try book.drops() }
    package func tellDrops(_ isOn: Bool, to group: UInt16) async throws(LibvirtError) -> [String: String] {
        book.tell(isOn)
    }
    package func deleteFilter(_ name: String) async throws(LibvirtError) {
        try book.delete(name, domains: Set(try await base.domains().map(\.uuid)))
    }
}

/// Packet filters, and one interface of each domain, in memory.
package final class FilterBook: Sendable {
    private struct State {
        var filters: [String: HostFilter] = [:]
        /// By the UUID of the domain.
        var attached: [String: String] = [:]
        var defined = 0
        var failure: LibvirtError?
        var counters = FilterCounters.unavailable("the demo's networks lead nowhere")
        var looks = 0
        /// Who listens to what is dropped, and which interface has which filter.
        var listener: AsyncStream<DropBatch>.Continuation?
        var isTold = false
        var bindings: [String: String]?
    }
    private let state = Mutex(State())
    private struct Labour {
        let perform: @Sendable () async -> Void
    }
    private let labour = Mutex<Labour?>(nil)

    package init() {
        let guardian = FirewallSettings.addressGuard
        let xml = XMLElement("filter", ["name": guardian]).xml
        state.withLock { $0.filters[guardian] = HostFilter(name: guardian, uuid: Services.newID(), xml: xml) }
    }

    package func filters(named prefix: String) -> [HostFilter] {
        state.withLock { $0.filters.values.filter { $0.name.hasPrefix(prefix) }.sorted { $0.name < $1.name } }
    }

    package func filter(_ name: String) -> HostFilter? { state.withLock { $0.filters[name] } }

    /// As libvirt does it: a filter is changed by one of its name that has its UUID.
    package func define(_ xml: String) throws(LibvirtError) -> HostFilter {
        func refuse(_ reason: String) -> LibvirtError {
            LibvirtError(code: LibvirtError.Code.operationFailed, message: reason, call: "virNWFilterDefineXML")
        }
        guard let element = try? XMLElement(parsing: xml), let name = element[attribute: "name"] else {
            throw refuse("that is no filter")
        }
        return try state.withLock { state throws(LibvirtError) in
            if let failure = state.failure { throw failure }
            let given = element.child("uuid")?.text
            let uuid = given ?? Services.newID()
            if let before = state.filters[name], before.uuid != uuid {
                throw refuse("filter '\(name)' already exists with uuid \(before.uuid)")
            }
            for reference in element.all("filterref") where state.filters[reference[attribute: "filter"] ?? ""] == nil {
                throw refuse("referenced filter is missing")
            }
            let filter = HostFilter(name: name, uuid: uuid, xml: xml)
            state.filters[name] = filter
            state.defined += 1
            return filter
        }
    }

    package func delete(_ name: String, domains: Set<String>) throws(LibvirtError) {
        try state.withLock { state throws(LibvirtError) in
            state.attached = state.attached.filter { domains.contains($0.key) }
            if state.attached.values.contains(name) {
                throw LibvirtError(
                    code: LibvirtError.Code.operationInvalid, message: "nwfilter is in use",
                    call: "virNWFilterUndefine")
            }
            state.filters[name] = nil
        }
    }

    package func attach(_ name: String, to uuid: String) -> FilterAttachment {
        state.withLock { state in
            var attachment = FilterAttachment()
            let before = state.attached[uuid]
            if let before, !before.hasPrefix(FirewallFilter.namePrefix) {
                attachment.foreign = [interface(of: uuid, before)]
            } else if before != name {
                state.attached[uuid] = name
                attachment.attached = 1
            }
            return attachment
        }
    }

    package func interfaces(of uuids: [String]) -> [String: [FilteredInterface]] {
        let attached = state.withLock { $0.attached }
        return Dictionary(
            uuids.map { ($0, [interface(of: $0, attached[$0])]) }, uniquingKeysWith: { first, _ in first })
    }

    private func interface(of uuid: String, _ filter: String?) -> FilteredInterface {
        FilteredInterface(kind: "network", mac: "of \(uuid)", filter: filter, isLive: false)
    }

    /// What a definition takes beside the moment that it takes here.
    fileprivate func work() async { await labour.withLock { $0 }?.perform() }
    package func takes(_ labour: (@Sendable () async -> Void)?) {
        self.labour.withLock { $0 = labour.map(Labour.init) }
    }

    // MARK: What happens behind Bay's back

    /// How often a filter was defined.
    package var definitions: Int { state.withLock { $0.defined } }
    /// How often the counters were looked at.
    package var looks: Int { state.withLock { $0.looks } }
    package func count(_ counters: FilterCounters) { state.withLock { $0.counters = counters } }
    /// Lets packets be dropped; nil for a host that does not tell.
    package func bind(_ bindings: [String: String]?) { state.withLock { $0.bindings = bindings } }
    package var isTold: Bool { state.withLock { $0.isTold } }
    package func drop(_ batch: DropBatch) { _ = state.withLock { $0.listener }?.yield(batch) }

    fileprivate func drops() throws(LibvirtError) -> AsyncStream<DropBatch> {
        let (stream, continuation) = AsyncStream.makeStream(of: DropBatch.self)
        let canTell = state.withLock { state in
            state.listener = continuation
            return state.bindings != nil
        }
        guard canTell else {
            throw LibvirtError(
                code: LibvirtError.Code.refused, message: "the demo's networks lead nowhere", call: "NFLOG")
        }
        return stream
    }
    fileprivate func tell(_ isOn: Bool) -> [String: String] {
        state.withLock { state in
            state.isTold = isOn
            return state.bindings ?? [:]
        }
    }
    fileprivate func looked() -> FilterCounters {
        state.withLock { state in
            state.looks += 1
            return state.counters
        }
    }
    package func fail(with error: LibvirtError?) { state.withLock { $0.failure = error } }
    package func set(_ filter: String?, on uuid: String) { state.withLock { $0.attached[uuid] = filter } }
    package func replace(_ name: String, xml: String?) {
        state.withLock { state in
            if let xml { state.filters[name]?.xml = xml } else { state.filters[name] = nil }
        }
    }
}
