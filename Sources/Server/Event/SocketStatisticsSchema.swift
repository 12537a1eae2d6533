import Core
import GraphQL

/// The door at `/socket.io/` in figures.
struct SocketStatistics: GraphQLObject {
    var figures: SocketRegistry.Statistics
}

let socketStatisticsSchema = SchemaPart<RequestContext> {
    Object(SocketStatistics.self, name: "SocketConnectionStats") {
        Field("totalConnections") { Double?.some(Double($0.figures.sessions)) }
            .describe("Sessions at /socket.io/ that are open, also those that have shown no token yet.")
        Field("activeConnections") { Double?.some(Double($0.figures.connections)) }
            .describe("Those that are signed in and are told of events.")
        Field("isConnected") { Bool?.some($0.figures.connections > 0) }
        Field("connectedUsers") { $0.figures.users.count }
        Field("userIds") { $0.figures.users.map { ID($0) } }
        Field("rooms") { $0.figures.rooms }.describe("Rooms that somebody is in, accounts' own ones too.")
        Field("registeredManagers") { _ in EventAudience.managerNames }
            .describe("The kinds of things that clients can hear of.")
    }
    Query(requires: .admin) {
        Field("socketConnectionStats") { context -> SocketStatistics? in
            SocketStatistics(figures: context.services.sockets.statistics)
        }.describe("Who is connected to this server by Socket.io.")
    }
}
