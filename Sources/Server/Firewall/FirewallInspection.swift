package import Core
import JSON
import Logging
import Postgres

// What libvirt holds, compared with what it was given: filters are changed and removed by hand, and by other programs.
extension FirewallApplier {
    /// Looks at all machines that have rules. Returns what came of it, for people.
    package func inspect() async throws -> String {
        guard hypervisor.link.state == .up else { throw JobFailure("libvirt cannot be reached") }
        let before = try await store.applied()
        if before.isEmpty { return "no machine has rules" }
        let held: [String: HostFilter]
        let interfaces: [String: [FilteredInterface]]
        do throws(LibvirtError) {
            held = Dictionary(
                try await hypervisor.filters(named: FirewallFilter.namePrefix).map { ($0.name, $0) },
                uniquingKeysWith: { first, _ in first })
            interfaces = try await hypervisor.interfaces()
        } catch {
            if error.isNotSupported { return "this hypervisor has no packet filters" }
            throw error
        }
        // What was at work meanwhile is judged the next time.
        let after = Dictionary(
            try await store.applied().map { ($0.state.machineID, $0.state) }, uniquingKeysWith: { first, _ in first })
        let settled = before.filter { row in
            guard let now = after[row.state.machineID] else { return false }
            return now.wanted == now.applied && now.applied == row.state.applied
                && now.heldDigest == row.state.heldDigest
        }
        var drifts: [Machine.ID: String?] = [:]
        for row in settled {
            let domain = index.domainUUID(of: row.state.machineID)
            let words = Self.drift(
                of: row.state, filter: row.filter, held: held[row.filter],
                interfaces: domain.flatMap { interfaces[$0] } ?? [])
            drifts.updateValue(words, forKey: row.state.machineID)
        }
        let found = drifts.filter { $0.value != nil }
        try await tell(drifts, Dictionary(settled.map { ($0.state.machineID, $0.name) }) { first, _ in first })
        guard !found.isEmpty else { return "\(settled.count) filters are as they were made" }
        return "\(found.count) of \(settled.count) filters were changed" + (repairs ? " and are put right" : "")
    }

    static func drift(
        of state: MachineFirewall, filter: String, held: HostFilter?, interfaces: [FilteredInterface]
    ) -> String? {
        var words: [String] = []
        if let held {
            if digest(held.xml) != state.heldDigest { words.append("filter \(filter) was changed") }
        } else {
            words.append("filter \(filter) is gone")
        }
        // Those that were told of when the rules were applied are no news.
        let others = interfaces.filter { $0.filter != filter && $0.canBeFiltered }.filter { interface in
            interface.filter == nil || state.problem == nil
        }
        for interface in others {
            let what = interface.filter.map { "has the filter \($0)" } ?? "has no filter"
            let word = "interface \(interface.mac) \(what)\(interface.isLive ? " now" : "")"
            if !words.contains(word) { words.append(word) }
        }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }

    private func tell(_ drifts: [Machine.ID: String?], _ names: [Machine.ID: String]) async throws {
        let new = try await store.database.transaction(attempts: 3) { transaction in
            let new = try await self.store.note(drifts: drifts, in: transaction)
            for id in new {
                let name = names[id] ?? id.rawValue
                let drift = drifts[id] ?? nil
                transaction.record(
                    .firewall(
                        drift == nil ? "settle" : "drift", .machine(id), name, actor: "libvirt",
                        message: drift.map { "the firewall of \(name) is not what it was: \($0)" }
                            ?? "the firewall of \(name) is what it was again"))
            }
            if self.repairs {
                try await FirewallStore.want(drifts.filter { $0.value != nil }.map(\.key), in: transaction)
            }
            return new
        }
        for id in new {
            if let drift = drifts[id] ?? nil {
                log.warning(
                    "a packet filter was changed behind bayd's back",
                    metadata: ["machine": "\(id)", "what": "\(drift)", "repaired": "\(repairs)"])
            }
        }
    }

    // MARK: Bay's filters on the host

    package func filters() async throws -> [HostFilter] {
        do { return try await hypervisor.filters(named: FirewallFilter.namePrefix) } catch {
            if error.isNotSupported { return [] }
            throw FirewallError(error)
        }
    }

    /// Removes those of Bay's filters that belong to no machine any more. Returns their names.
    package func cleanUp(by caller: Caller) async throws -> [String] {
        // In this order: a set is written before its filter is made.
        let held = try await filters()
        let known = try await store.filterNames()
        // Those of departments last: other servers let the machines' refer to them.
        let orphans = held.map(\.name).filter { !known.contains($0) }.sorted {
            ($0.hasPrefix("ibay-department-") ? 1 : 0, $0) < ($1.hasPrefix("ibay-department-") ? 1 : 0, $1)
        }
        var removed: [String] = []
        for name in orphans {
            do throws(LibvirtError) {
                try await hypervisor.deleteFilter(name)
                removed.append(name)
            } catch {
                // A domain that is none of Bay's machines has it.
                log.notice(
                    "a packet filter stays", metadata: ["filter": "\(name)", "reason": "\(error.description)"])
            }
        }
        if !removed.isEmpty {
            let message = "packet filters that belonged to nothing were removed: \(removed.joined(separator: ", "))"
            let names = removed
            try await store.database.transaction(attempts: 3) { transaction in
                transaction.record(
                    NewEvent(
                        resource: "firewall", action: "cleanup", resourceID: "host", resourceName: "host",
                        actor: caller.name, message: message, data: ["filters": .array(names.map { .string($0) })]))
            }
        }
        return removed
    }
}
