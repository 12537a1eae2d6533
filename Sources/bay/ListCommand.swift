import ArgumentParser
import Core
import TUI

/// How a list is printed.
struct FormatOptions: ParsableArguments {
    @Flag(help: "Print JSON.")
    var json = false
    @Flag(help: "Print comma-separated values (RFC 4180).")
    var csv = false
    @Option(help: "Only these columns, in this order, parted by commas.")
    var columns: String?

    func validate() throws {
        if json, csv { throw ValidationError("Choose one of --json and --csv.") }
    }

    func show(_ listing: Listing) throws {
        Output.data(try listing.choosing(columns).text(json ? .json : csv ? .csv : .table))
    }
}

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Lists machines, departments, events, storage pools, links or snapshots.")

    enum Kind: String, ExpressibleByArgument, CaseIterable { case vms, departments, events, pools, links, snapshots }

    @Argument(help: "vms, departments, events, pools, links, or snapshots VM.")
    var kind = Kind.vms
    @Argument(help: "The machine whose snapshots are listed.", completion: .custom(Completion.machines))
    var machine: String?
    @Option(help: "Only what matches: web, !web; for machines as in the console, also state:running, cpu>50.")
    var filter = ""
    @OptionGroup var format: FormatOptions
    @OptionGroup var connection: Connection

    func validate() throws {
        if kind == .snapshots, machine == nil {
            throw ValidationError("Name the machine: bay ls snapshots VM")
        }
        if kind != .snapshots, machine != nil { throw ValidationError("Only snapshots are listed of one machine.") }
    }

    func run() throws {
        let server = try connection.open()
        // The console's filter knows more of machines than their words.
        let listing = try listing(server)
        try format.show(kind == .vms ? listing : listing.matching(filter))
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
            return .snapshots(try snapshots(of: machine ?? "", server))
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
    /// Milliseconds that a person waits for the tabulator key.
    private static let patience: Int64 = 500

    @Sendable static func machines(_ words: [String], _: Int, _ prefix: String) -> [String] {
        offer(words, prefix) { server throws(CommandFailure) in try server.machines().0.map(\.name) }
    }

    @Sendable static func departments(_ words: [String], _: Int, _ prefix: String) -> [String] {
        offer(words, prefix) { server throws(CommandFailure) in try server.departments().map(\.department.name) }
    }

    private static func offer(
        _ words: [String], _ prefix: String, _ names: (ServerCall) throws(CommandFailure) -> [String]
    ) -> [String] {
        let path = Arguments.socket(in: words) ?? Connection.standardPath
        // No server, or a slow one: the shell has nothing to offer, and an error would tear the line being typed.
        guard let server = try? ServerCall(path: path, patience: patience), let names = try? names(server) else {
            return []
        }
        // A name that cannot be shown as it is cannot be typed either.
        return names.filter { $0.hasPrefix(prefix) && Text.sanitised($0) == $0 }
    }
}
