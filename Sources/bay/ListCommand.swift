import ArgumentParser
import Core
import TUI

/// How a list is printed.
struct FormatOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false
    @Flag(help: "Print comma-separated values (RFC 4180).")
    var csv = false

    var format: Listing.Format { json ? .json : csv ? .csv : .table }
}

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Lists machines, departments, events, storage pools, links or snapshots.")

    enum Kind: String, ExpressibleByArgument, CaseIterable { case vms, departments, events, pools, links, snapshots }

    @Argument(help: "vms, departments, events, pools, links, or snapshots VM.")
    var kind = Kind.vms
    @Argument(help: "The machine whose snapshots are listed.", completion: .custom(Completion.machines))
    var machine: String?
    @Option(help: "Only machines that match, as in the console: web, !web, state:running, cpu>50.")
    var filter = ""
    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: Connection

    func run() throws {
        let server = try connection.open()
        Output.data(try listing(server).text(format.format))
    }

    private func listing(_ server: ServerCall) throws(CommandFailure) -> Listing {
        switch kind {
        case .vms:
            let (machines, samples) = try server.machines()
            return .machines(machines, samples, try server.departments(), matching: filter)
        case .departments: return .departments(try server.departments())
        case .events:
            guard case .events(let events) = try server.ask(.recentEvents(limit: 100, before: nil)) else {
                return .events([])
            }
            return .events(events.reversed())
        case .pools:
            guard case .host(let host?) = try server.ask(.host) else { throw .failed("the host cannot be asked now") }
            return .pools(host.pools)
        case .links:
            guard case .links(let links) = try server.ask(.links) else { return .links([]) }
            return .links(links)
        case .snapshots:
            guard let machine else { throw .usage("bay ls snapshots needs a machine's name") }
            return .snapshots(try snapshots(of: machine, server))
        }
    }
}

/// The snapshots of the machine that a person named.
func snapshots(of word: String, _ server: ServerCall) throws(CommandFailure) -> [Snapshot] {
    let machine = try NameLookup.machine(word, in: try server.machines().0)
    guard case .snapshots(let snapshots, let outcome) = try server.ask(.snapshots(machine.id)) else { return [] }
    guard outcome.success else { throw .failed(outcome.message) }
    return snapshots
}

/// Words for the shell to offer. Quick, and silent where there is no server.
enum Completion {
    @Sendable static func machines(_: [String], _: Int, _: String) -> [String] {
        guard let server = try? ServerCall(path: Connection.standardPath), let machines = try? server.machines().0
        else {
            return []
        }
        return machines.map(\.name)
    }

    @Sendable static func departments(_: [String], _: Int, _: String) -> [String] {
        guard let server = try? ServerCall(path: Connection.standardPath) else { return [] }
        return ((try? server.departments()) ?? []).map(\.department.name)
    }
}
