import ArgumentParser
import Core
import TUI

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: """
            List machines, departments, events, snapshots, storage pools, links, users, templates, categories, \
            applications, networks, jobs, schedules or errors.
            """,
        discussion: """
            A filter of machines is what the console understands: words, !word, /expression, -f letters, and fields such as
            state:running dept:sales cpu>50, joined by spaces or "or". Of other lists it is words and !word.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case vms, departments, events, snapshots, pools, links, users, templates, categories, applications, networks
        case jobs, schedules, errors

        static let words = allCases.dropLast().map(\.rawValue).joined(separator: ", ") + " or errors"
    }

    @Argument(help: "\(Kind.words).") var kind = Kind.vms
    @Argument(help: "The machine whose snapshots are listed.", completion: .machines) var machine: String?
    @Option(help: "Only what matches.") var filter = ""
    @Flag(help: "Go on and print again when something changed.") var watch = false
    @OptionGroup var output: Output
    @OptionGroup var connection: Connection

    func validate() throws {
        if kind == .snapshots, machine == nil { throw ValidationError("name the machine: bay ls snapshots VM") }
        if kind != .snapshots, machine != nil { throw ValidationError("only snapshots are listed by machine") }
        if watch, kind != .vms {
            throw ValidationError("only machines can be watched; for events: bay events --follow")
        }
    }

    func run() throws {
        let call = try connection.call()
        switch kind {
        case .vms:
            var fleet = try call.fleet()
            try output.show(Listings.machines(&fleet, filter: filter))
            if watch { try follow(call, &fleet) }
        case .departments:
            if case .departments(let rows) = try call.run(.departments) {
                try output.show(Listings.departments(rows).matching(filter))
            }
        case .events:
            if case .events(let events) = try call.run(.recentEvents(limit: 100, before: nil)) {
                try output.show(Listings.events(events.reversed()).matching(filter))
            }
        case .snapshots:
            let fleet = try call.fleet()
            try output.show(try call.snapshots(of: machine ?? "", in: fleet).matching(filter))
        case .pools:
            if case .host(let host) = try call.run(.host) {
                try output.show(Listings.pools(host?.pools ?? []).matching(filter))
            }
        case .users: try output.show(Listings.users(try call.users()).matching(filter))
        case .templates:
            let templates = try call.templates()
            if case .categories(let categories) = try call.run(.template(.categories)) {
                try output.show(Listings.templates(templates, categories).matching(filter))
            }
        case .categories:
            if case .categories(let categories) = try call.run(.template(.categories)) {
                try output.show(Listings.categories(categories).matching(filter))
            }
        case .applications:
            if case .applications(let applications) = try call.run(.application(.list)) {
                try output.show(Listings.applications(applications).matching(filter))
            }
        case .networks:
            if case .networks(let networks) = try call.run(.network(.list)) {
                try output.show(Listings.networks(networks).matching(filter))
            }
        case .jobs:
            if case .jobs(let jobs) = try call.run(.job(.list)) {
                try output.show(Listings.jobs(jobs).matching(filter))
            }
        case .schedules:
            if case .schedules(let schedules) = try call.run(.job(.schedules)) {
                try output.show(Listings.schedules(schedules).matching(filter))
            }
        case .errors:
            if case .errors(let errors) = try call.run(.error(.list)) {
                try output.show(Listings.errors(errors).matching(filter))
            }
        case .links:
            if case .links(let links) = try call.run(.links) { try output.show(Listings.links(links).matching(filter)) }
        }
    }

    /// Prints the list again when events or figures changed it, at most once a second.
    private func follow(_ call: ServerCall, _ fleet: inout Fleet) throws {
        var printed = SystemClock.steady
        var isDirty = false
        var needsListing = false
        var copy = fleet
        func show() throws(CallError) {
            guard isDirty, SystemClock.steady - printed >= 1000 else { return }
            printed = SystemClock.steady
            isDirty = false
            if needsListing { copy = try connection.call().fleet() }
            needsListing = false
            let listing = Listings.machines(&copy, filter: filter)
            // A terminal shows the newest list only; a pipe gets each, parted by an empty line.
            Print.data(System.isTerminal(.output) ? "\u{1B}[H\u{1B}[2J" : output.form == .text ? "\n" : "")
            try output.show(listing)
        }
        try call.follow([.watchEvents(after: nil), .watchFigures([])], pause: 1000, idle: show) {
            _, reply throws(CallError) in
            switch reply {
            case .events:
                needsListing = true
                isDirty = true
            case .figures(let samples):
                copy.put(samples)
                isDirty = isDirty || !samples.isEmpty
            default: break
            }
            try show()
            return true
        }
    }
}

extension ServerCall {
    func snapshots(of name: String, in fleet: Fleet) throws -> Listing {
        let machine = try self.machine(name, in: fleet)
        guard case .snapshots(let snapshots, let outcome) = try run(.snapshots(machine.id)) else {
            return Listings.snapshots([])
        }
        guard outcome.success else { throw CallError.failed([OperationFailure(message: outcome.message)]) }
        return Listings.snapshots(snapshots)
    }
}
