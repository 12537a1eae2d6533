import Core
import Foundation
import GraphQL
import JSON
import Server
import TUI
import Testing

/// What the console and the command line ask for, held against the schema that answers it.
@Suite struct ClientDocumentTests {
    private static let machine = Machine.ID("m")
    private static let user = User(id: User.ID("u"), email: "a@b.c", firstName: "A", lastName: "B")
    private static let template = TemplateDraft(
        name: "t", description: "d", cores: 1, memoryGB: 1, storageGB: 10, categoryID: TemplateCategory.ID("c"))
    private static let category = CategoryDraft(name: "c", description: "d")
    private static let network = NetworkDraft(
        name: "n", bridge: "virbr7",
        address: NetworkDraft.Address(
            address: "10.7.0.1", netmask: "255.255.255.0", range: NetworkDraft.Range(start: "10.7.0.2", end: "10.7.0.9")
        ))

    private static let owners: [FirewallOwner] = [.machine(machine), .department(Department.ID("d"))]
    /// With every member that a change can have.
    private static let firewallChange: FirewallRequest = {
        let draft = FirewallRuleDraft(
            name: "r", description: "d", protocolName: "tcp",
            source: .init(portStart: 1, portEnd: 2, address: "10.0.0.0", mask: "8"),
            destination: .init(portStart: 1, portEnd: 2, address: "10.0.0.0", mask: "8"),
            connectionState: ["new": true],
            overridesDepartment: true)
        let now = Timestamp(milliseconds: 0)
        let stored = StoredFirewallRule(
            id: FirewallRule.ID("r"), setID: "s", draft: draft, createdAt: now, updatedAt: now)
        var change = FirewallRequest("all of it")
        change.creates = [draft, FirewallRuleDraft(name: "r")]
        change.updates = [
            .init(before: stored, draft: draft), .init(before: stored, draft: FirewallRuleDraft(name: "r")),
        ]
        change.deletes = [stored]
        change.settings = FirewallSettings()
        return change
    }()
    private static let firewall: [FirewallOperation] =
        [
            .confirmations, .confirm("c"), .revert("c"), .flush(machine), .sync, .cleanUp,
            .verdict(machine, FirewallQuestion(direction: .incoming)),
            .verdict(
                machine,
                FirewallQuestion(
                    direction: .outgoing, source: .init(portStart: 1, address: "10.0.0.1"),
                    destination: .init(portStart: 1, address: "10.0.0.1"))),
        ]
        + owners.flatMap { owner in
            [
                .facts(owner), .hits(owner), .blocked(owner, limit: 5), .export(owner), .preview(owner, firewallChange),
                .change(owner, firewallChange, confirmWithin: 60), .change(owner, firewallChange, confirmWithin: nil),
            ]
        }

    private static let operations: [TUI.Operation] =
        [
            .serverInfo, .departments, .machines(after: "", take: 5), .machine(machine), .host, .links,
            .recentEvents(limit: 5, before: nil), .recentEvents(limit: 5, before: 7), .eventsAfter(7, limit: 5),
            .history(machine, seconds: 60), .snapshots(machine), .watchEvents(after: nil), .watchEvents(after: 7),
            .watchFigures([machine]), .watchLinks, .renameMachine(machine, "n"),
            .moveMachine(machine, Department.ID("d")),
            .assignMachine(machine, user.id), .assignMachine(machine, nil), .adopt([machine], Department.ID("d")),
            .createDepartment("d"), .renameDepartment(Department.ID("d"), "e"), .destroyDepartment(Department.ID("d")),
            .createSnapshot(machine, name: "s", description: ""), .createSnapshot(machine, name: "s", description: "d"),
            .restoreSnapshot(machine, name: "s", forced: false), .restoreSnapshot(machine, name: "s", forced: true),
            .deleteSnapshot(machine, name: "s"), .hardware(.freeCards),
            .hardware(.change(machine, HardwareChange(cores: 2, memoryGB: 4, gpu: .card("0000:01:00.0")))),
            .hardware(.change(machine, HardwareChange(gpu: HardwareChange.GPU.none))), .application(.list),
            .network(.list), .network(.create(network)), .network(.create(NetworkDraft(name: "n", bridge: "b"))),
            .network(.delete("n")),
            .network(.setAddress("10.7.0.1", netmask: "255.255.255.0", of: "n", restarts: true)),
            .network(.setRange(start: "10.7.0.2", end: "10.7.0.9", of: "n")),
            .network(.setBridge("b", of: "n", restarts: false)), .template(.list(skip: 0)), .template(.categories),
            .template(.create(template)), .template(.update(MachineTemplate.ID("t"), template)),
            .template(.delete(MachineTemplate.ID("t"))), .template(.createCategory(category)),
            .template(.updateCategory(TemplateCategory.ID("c"), category)),
            .template(.deleteCategory(TemplateCategory.ID("c"))), .user(.list(skip: 0)), .user(.own),
            .user(.create(user, password: "p")), .user(.delete(user.id)), .user(.restore(user.id)),
            .user(
                .update(user.id, UserChange(firstName: "A", lastName: "B", role: .admin, password: "p"), current: "c")),
            .job(.list), .job(.schedules), .job(.cancel(Job.ID("j"))), .job(.run("power-state")), .error(.list),
            .error(.alerts), .error(.resolve([ErrorEntry.ID("e")])),
            Documents.shutdown(machine, force: true, graceSeconds: 5),
            Documents.shutdown(machine, force: false, graceSeconds: nil),
        ] + MachineAction.allCases.map { .power($0, machine) } + firewall.map { .firewall($0) }

    private static let requests =
        operations.map(\.request) + [
            SignIn.loginRequest(email: "a@b.c", password: "p"), SignIn.logoutRequest(everywhere: true),
        ]

    @Test func `every request is one that the schema answers`() throws {
        let executor = Executor(schema: try BaySchema.build()) { _ in "" }
        for request in Self.requests {
            do throws(RequestError) {
                try executor.check(Request(request.query, variables: request.variables))
            } catch {
                Issue.record("\(String(decoding: error.errorsJSON, as: UTF8.self)) in \(request.query)")
            }
        }
    }

    /// A document that is written somewhere and is not in the list above would go unchecked.
    @Test func `every document of the sources is among those that are checked`() throws {
        let queries = Self.requests.map(\.query)
        let root = URL(filePath: #filePath).appending(path: "../../../../Sources").standardized
        var count = 0
        for folder in ["TUI", "bay"] {
            let files = try #require(FileManager.default.enumerator(atPath: root.appending(path: folder).path))
            for case let path as String in files where path.hasSuffix(".swift") {
                let source = try String(contentsOf: root.appending(path: "\(folder)/\(path)"), encoding: .utf8)
                for beginning in Self.documents(in: source) {
                    count += 1
                    #expect(
                        queries.contains { $0.hasPrefix(beginning) },
                        "\(folder)/\(path) has a document unchecked: \(beginning)")
                }
                // What a person wrote is checked by the server alone.
                if path == "Query.swift" { continue }
                let others = source.matches(of: /OperationRequest\(\s*query:\s*[^"\s]/)
                #expect(others.isEmpty, "\(folder)/\(path) sends what is not written where it is sent")
            }
        }
        #expect(count > 40, "the sources were not read as they are written")
    }

    /// The constant beginnings of the literals that are documents.
    private static func documents(in source: String) -> [String] {
        let texts =
            source.matches(of: /"""\s*\n((?s:.*?))"""/).map { unfolded(String($0.1)) }
            + source.matches(of: /[^"]"([^"\n]+)"/).map { String($0.1) }
        return texts.compactMap { text in
            guard text.prefixMatch(of: /(query|mutation|subscription)\s*\w*\s*[({]|\{\s*[a-zA-Z]+[\s({]/) != nil else {
                return nil
            }
            return text.components(separatedBy: "\\(")[0].trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    /// A literal of many lines as the text that it stands for.
    private static func unfolded(_ literal: String) -> String {
        let lines = literal.split(separator: "\n").map { $0.drop { $0 == " " } }
        return lines.map { $0.hasSuffix("\\") ? String($0.dropLast()) : $0 + "\n" }.joined()
    }
}
