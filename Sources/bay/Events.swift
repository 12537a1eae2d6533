import ArgumentParser
import Core
import TUI

struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Print what happened, oldest first.")

    @Flag(name: .shortAndLong, help: "Go on printing as things happen.") var follow = false
    @Option(help: "Only events behind this id.") var after: Int64?
    @Option(help: "At most so many past events.") var limit = 100
    @Flag(help: "Print a JSON object a line.") var json = false
    @OptionGroup var connection: Connection

    func validate() throws {
        if !(1...1000).contains(limit) { throw ValidationError("--limit is from 1 to 1000") }
    }

    func run() throws {
        let call = try connection.call()
        var last = after
        // With an id, the subscription itself tells what came behind it, and loses nothing between two questions.
        if !(follow && after != nil) {
            let operation: TUI.Operation =
                after.map { .eventsAfter($0, limit: limit) } ?? .recentEvents(limit: limit, before: nil)
            if case .events(let events) = try call.run(operation) {
                let ordered = events.sorted { $0.id < $1.id }
                for event in ordered { show(event) }
                last = ordered.last?.id ?? last
            }
        }
        guard follow else { return }
        try call.follow([.watchEvents(after: last ?? 0)]) { _, reply in
            if case .events(let events) = reply { for event in events { show(event) } }
            return true
        }
    }

    private func show(_ event: EventRecord) { Print.data(Listings.line(event, as: json ? .json : .text)) }
}
