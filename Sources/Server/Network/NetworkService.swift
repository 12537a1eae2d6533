package import Core
import JSON
package import Postgres

/// Shows and changes the host's virtual networks. libvirt is where they are kept; only their events are rows.
///
/// Whether a change may be made depends on all networks, so one is made at a time, on whichever server it is asked for.
package actor NetworkService {
    /// How many changes may wait for their turn.
    package static let maximumWaiters = 16

    private let hypervisor: any NetworkPort
    private let database: Database
    private let newID: @Sendable () -> String
    private var isBusy = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    package init(hypervisor: any NetworkPort, database: Database, newID: @escaping @Sendable () -> String) {
        self.hypervisor = hypervisor
        self.database = database
        self.newID = newID
    }

    package nonisolated func all() async throws(NetworkError) -> [HostNetwork] {
        try await NetworkError.translating { () async throws(LibvirtError) in try await hypervisor.networks() }
    }

    package nonisolated func network(named name: String) async throws(NetworkError) -> HostNetwork {
        try await all().named(name)
    }

    // MARK: Changes

    // Each throws `NetworkError` for what the caller can put right, and `DatabaseError`.

    package func create(_ draft: NetworkDraft, by actor: String) async throws {
        let plan = try draft.plan()
        try await change { networks in
            try plan.check(against: networks)
            let uuid = newID()
            do throws(LibvirtError) {
                try await hypervisor.createNetwork(xml: NetworkXML.make(plan, uuid: uuid).xml)
            } catch {
                if error.isConnectionLost || error.isTimedOut { throw error }
                // The kernel may be one that cannot do all; whatever else is wrong fails again.
                let xml = NetworkXML.make(plan, uuid: uuid, keepsMACTable: false).xml
                try await hypervisor.createNetwork(xml: xml)
            }
            var network = HostNetwork()
            network.uuid = uuid
            network.name = plan.name
            return .network("create", network, actor: actor, message: "network \(plan.name) was created")
        }
    }

    package func delete(named name: String, by actor: String) async throws {
        try await change { networks in
            let network = try networks.named(name)
            try await requireNoUsers(of: network) { $0.uses(network) }
            try await hypervisor.deleteNetwork(network.uuid)
            return .network("delete", network, actor: actor, message: "network \(network.name) was deleted")
        }
    }

    /// Gives a network another range of addresses to hand out, at once.
    package func setRange(start: String, end: String, of name: String, by actor: String) async throws {
        try await change { networks in
            let network = try networks.named(name)
            let definition = try await definition(of: network)
            guard let subnet = network.subnet, let index = NetworkXML.addressIndex(in: definition) else {
                throw NetworkError.noAddress(network.name)
            }
            let range = try NetworkRules.range(start: start, end: end, in: subnet)
            try await hypervisor.setNetworkRange(
                range, replacing: network.range, ofAddress: index, in: network.uuid)
            return .network(
                "update", network, actor: actor, message: "network \(network.name) now hands out \(range)")
        }
    }

    /// Gives a network another address; its range of addresses moves along. A network that runs has it after its next
    /// start, which `restarts` asks for now and which is refused while machines are on the network.
    package func setAddress(
        _ address: String, netmask: String, of name: String, restarts: Bool, by actor: String
    ) async throws {
        let subnet = try NetworkRules.subnet(address: address, netmask: netmask)
        try await change { networks in
            let network = try networks.named(name)
            try NetworkRules.check(subnet, against: networks.filter { $0.uuid != network.uuid })
            guard let host = IPv4Address(address),
                let changed = try NetworkXML.settingAddress(
                    host, prefix: subnet.prefix, of: try await definition(of: network))
            else { throw NetworkError.noAddress(network.name) }
            try await redefine(network, as: changed, restarts: restarts)
            return .network(
                "update", network, actor: actor,
                message: "network \(network.name) has the address \(host)/\(subnet.prefix)")
        }
    }

    /// Gives a network's bridge another name, in the same way as `setAddress`.
    package func setBridge(_ bridge: String, of name: String, restarts: Bool, by actor: String) async throws {
        if let problem = NetworkRules.problem(bridge: bridge) { throw NetworkError.invalid(problem) }
        try await change { networks in
            let network = try networks.named(name)
            if network.bridge?.name != bridge { try NetworkRules.check(bridge: bridge, against: networks) }
            // With these modes the bridge is the host's own, and naming another one is connecting the network elsewhere.
            let isOwn = network.forwardMode.map { ["nat", "route", "open"].contains($0) } ?? true
            guard isOwn, let changed = NetworkXML.settingBridge(bridge, of: try await definition(of: network)) else {
                throw NetworkError.noBridge(network.name)
            }
            // They name the bridge and not the network, so they would lose it.
            try await requireNoUsers(of: network) { user in
                network.bridge.map { user.bridges.contains($0.name) && !user.networks.contains(network.name) } ?? false
            }
            try await redefine(network, as: changed, restarts: restarts)
            return .network(
                "update", network, actor: actor, message: "the bridge of network \(network.name) is \(bridge)")
        }
    }
}

extension NetworkService {
    /// Makes one change and writes its event. The lock in the database keeps other servers out for as long, and a
    /// database that is away is noticed before anything is done.
    private func change(_ body: ([HostNetwork]) async throws -> NewEvent) async throws {
        try await takeTurn()
        defer { passTurn() }
        do {
            try await database.transaction { transaction in
                _ = try await transaction.rows("SELECT pg_advisory_xact_lock(hashtext('networks'))")
                transaction.record(try await body(try await hypervisor.networks()))
            }
        } catch let error as LibvirtError {
            throw NetworkError(error)
        }
    }

    private func takeTurn() async throws(NetworkError) {
        if waiters.count >= Self.maximumWaiters { throw .busy }
        if isBusy { await withCheckedContinuation { waiters.append($0) } }
        isBusy = true
    }

    /// The turn goes straight to the next: nobody who comes between can take it.
    private func passTurn() {
        if waiters.isEmpty { isBusy = false } else { waiters.removeFirst().resume() }
    }

    private func definition(of network: HostNetwork) async throws -> XMLElement {
        let xml = try await hypervisor.networkXML(network.uuid)
        do throws(XMLError) { return try XMLElement(parsing: xml) } catch {
            throw NetworkError.hypervisor(reason: error.description)
        }
    }

    private func requireNoUsers(
        of network: HostNetwork, where uses: (NetworkUser) -> Bool
    ) async throws {
        let users = try await hypervisor.networkUsers().filter(uses)
        if !users.isEmpty { throw NetworkError.inUse(network.name, domains: users.map(\.domain).sorted()) }
    }

    private func redefine(_ network: HostNetwork, as changed: XMLElement, restarts: Bool) async throws {
        if restarts, network.isActive {
            try await requireNoUsers(of: network) { $0.isActive && $0.uses(network) }
        }
        try await hypervisor.redefineNetwork(network.uuid, xml: changed.xml, restarts: restarts)
    }
}

extension [HostNetwork] {
    fileprivate func named(_ name: String) throws(NetworkError) -> HostNetwork {
        guard let network = first(where: { $0.name == name }) else { throw .notFound(name) }
        return network
    }
}

extension NetworkError {
    init(_ error: LibvirtError) {
        self =
            error.isConnectionLost
            ? .hypervisorUnavailable(reason: error.description) : .hypervisor(reason: error.description)
    }

    static func translating<Value>(
        _ body: () async throws(LibvirtError) -> Value
    ) async throws(NetworkError) -> Value {
        do throws(LibvirtError) { return try await body() } catch { throw NetworkError(error) }
    }
}

extension NewEvent {
    fileprivate static func network(
        _ action: String, _ network: HostNetwork, actor: String, message: String
    ) -> NewEvent {
        NewEvent(
            resource: "network", action: action, resourceID: network.uuid, resourceName: network.name, actor: actor,
            message: message, data: ["id": .string(network.uuid), "name": .string(network.name)])
    }
}
