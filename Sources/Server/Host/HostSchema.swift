import Core
import GraphQL

extension HostInfo: GraphQLObject {}
extension StoragePool: GraphQLObject {}
extension Core.LinkState: GraphQLObject {}

/// The server itself, as its clients see it.
struct ServerInfo: GraphQLObject {
    var facts: ServerFacts
    var lastEventID: EventRecord.ID
    var caller: Caller
}

let hostSchema = SchemaPart<RequestContext> {
    Object(HostInfo.self, name: "Host") {
        Field("hostname", \.hostname)
        Field("uri", \.uri)
        Field("libvirtVersion", \.libvirtVersion)
        Field("hypervisorVersion", \.hypervisorVersion)
        Field("cpuModel", \.cpuModel)
        Field("cpus", \.cpus)
        Field("cpuMHz", \.cpuMHz)
        Field("memoryMiB", \.memoryMiB)
        Field("memoryFreeMiB", \.memoryFreeMiB)
        Field("cpuPercent", \.cpuPercent).describe("Share of all CPUs since the last question.")
        Field("pools", \.pools)
    }
    Object(StoragePool.self) {
        Field("name", \.name)
        Field("active", \.isActive)
        Field("capacityBytes") { Double($0.capacityBytes) }
        Field("allocationBytes") { Double($0.allocationBytes) }
        Field("availableBytes") { Double($0.availableBytes) }
    }
    Object(Core.LinkState.self, name: "Link") {
        Field("link") { $0.link.rawValue }.describe("hypervisor, events or database.")
        Field("state") { $0.state.rawValue }.describe("up, down or connecting.")
        Field("since", \.since)
        Field("reason", \.reason)
    }
    Object(ServerInfo.self) {
        Field("version", \.facts.version)
        Field("demo", \.facts.isDemo).describe("Machines and figures are made up.")
        Field("hypervisorUri", \.facts.hypervisorURI)
        Field("lastEventId") { ID(String($0.lastEventID)) }
            .describe("What is read after this answer holds everything up to this event; follow the events behind it.")
        Field("actor", \.caller.name).describe("The caller, as events name it.")
        Field("role", \.caller.role)
    }

    Query(requires: .user) {
        Field("serverInfo") { context in
            ServerInfo(
                facts: context.server, lastEventID: context.services.hub.last, caller: try context.signedIn)
        }
        Field("links") { context in context.services.links.all }
    }
    Query(requires: .admin) {
        Field("host") { context in await context.services.host.info() }
    }
    Subscription(requires: .user) {
        Field("links") { context in context.services.links.changes() }
    }
}
