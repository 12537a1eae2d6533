import ArgumentParser
import Core
import Glibc
import GraphQL
import Logging
import Server

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says whether settings, hypervisor and database are in order, without serving.")

    func run() async throws {
        let setting = try Setting()
        let findings = await Checkup(setting.options()).run()
        for finding in findings {
            print("\(padded(finding.verdict.rawValue, 8))\(padded(finding.subject, 12))\(finding.text)")
            if let advice = finding.advice { print("\(padded("", 20))-> \(advice)") }
        }
        fflush(nil)
        // A thread may still be inside libvirt, which was asked and not waited for. An orderly exit would take its libraries
        // apart under it.
        _exit(findings.contains { $0.verdict == .missing } ? 1 : 0)
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "migrate", abstract: "Brings the database up to date.")

    func run() async throws {
        let setting = try Setting()
        try setting.startLogging()
        let steps = try await migrateDatabase(setting.options(), log: Logger(label: "bay"))
        print(steps.isEmpty ? "up to date" : steps.map { "applied \($0)" }.joined(separator: "\n"))
    }
}

struct PrintSchema: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "schema", abstract: "Prints the GraphQL schema.")

    func run() throws { print(try BaySchema.build().printed, terminator: "") }
}
