import Core
import JSON

@testable import TUI

/// What the server of the tests keeps besides machines.
extension Stage {
    static let networks: [HostNetwork] = [
        network(1, "default", bridge: "virbr0", third: 122, range: (2, 254)) { $0.startsWithHost = true },
        network(2, "lab", bridge: "virbr7", third: 7, range: (100, 199)) {
            $0.description = "for the people of the laboratory"
            $0.needsRestart = true
        },
        network(3, "quiet", bridge: "virbr9", third: 9, range: nil) {
            $0.forwardMode = nil
            $0.isActive = false
        },
        network(4, "uplink", bridge: nil, third: nil, range: nil) { $0.forwardMode = "bridge" },
    ]

    private static func network(
        _ number: Int, _ name: String, bridge: String?, third: UInt32?, range: (UInt32, UInt32)?,
        _ change: (inout HostNetwork) -> Void
    ) -> HostNetwork {
        var network = HostNetwork()
        network.uuid = "00000000-0000-4000-9000-00000000000\(number)"
        network.name = name
        network.forwardMode = "nat"
        network.bridge = bridge.map { HostNetwork.Bridge(name: $0, stp: "on", delay: "0") }
        let first = third.map { 192 << 24 | 168 << 16 | $0 << 8 }
        network.address = first.map { IPv4Address(value: $0 | 1) }
        if let first, let range {
            network.range = IPv4Range(
                start: IPv4Address(value: first | range.0), end: IPv4Address(value: first | range.1))
        }
        network.isActive = true
        change(&network)
        return network
    }

    static func user(
        _ number: Int, _ email: String, _ first: String, _ last: String, _ role: UserRole = .user, deleted: Bool = false
    ) -> User {
        User(
            id: User.ID("00000000-0000-4000-a000-00000000000\(number)"), email: email, firstName: first,
            lastName: last, role: role, isDeleted: deleted, createdAt: start)
    }

    static let users: [User] = [
        user(1, "root@example.org", "Ada", "Prime", .superAdmin), user(2, "anna@example.org", "Anna", "Berg", .admin),
        user(3, "ben@example.org", "Ben", "Holm"), user(4, "cleo@example.org", "Cleo", "", deleted: true),
    ]

    static let categories: [CategoryRow] = ["Office", "Development", "Empty"].enumerated().map {
        CategoryRow(
            category: TemplateCategory(
                id: TemplateCategory.ID("c\($0.offset)"), name: $0.element,
                description: $0.offset == 0 ? "desks of the administration" : nil, createdAt: start),
            templates: $0.offset == 2 ? 0 : 1, machines: $0.offset == 0 ? 3 : 0)
    }

    static let templates: [TemplateRow] = [
        template(1, "small", 2, 4, 40, category: 0, machines: 3), template(2, "builder", 16, 64, 500, category: 1),
        template(3, "bare", 1, 1, 10, category: nil),
    ]

    private static func template(
        _ number: Int, _ name: String, _ cores: Int, _ memory: Int, _ storage: Int, category: Int?, machines: Int = 0
    ) -> TemplateRow {
        TemplateRow(
            template: MachineTemplate(
                id: MachineTemplate.ID("t\(number)"), name: name, description: "a \(name) desk", cores: cores,
                memoryGB: memory, storageGB: storage, categoryID: category.map { categories[$0].category.id },
                createdAt: start), machines: machines)
    }

    static let applications: [Application] = [
        Application(
            id: Application.ID("a1"), name: "Editor", description: "for texts, tables and slides",
            systems: ["ubuntu", "windows11"], installCommand: JSONObject(), createdAt: start),
        Application(
            id: Application.ID("a2"), name: "Browser", systems: ["ubuntu"], installCommand: JSONObject(),
            createdAt: start),
    ]

    /// Answers every list that was asked for.
    /// - Parameter account: whose account the console speaks for.
    mutating func answerResources(account: User? = nil) {
        answer(.ownAccount(account)) { $0 == .user(.own) }
        answer(.users(Self.users)) { $0 == .user(.list(skip: 0)) }
        answer(.templates(Self.templates)) { $0 == .template(.list(skip: 0)) }
        answer(.categories(Self.categories)) { $0 == .template(.categories) }
        answer(.networks(Self.networks)) { $0 == .network(.list) }
        answer(.applications(Self.applications)) { $0 == .application(.list) }
    }

    /// Opens the list that a key stands for, with what the server has.
    mutating func openList(_ key: Character, account: User? = nil) {
        press(.character(key))
        answerResources(account: account)
    }

    /// Puts the cursor on a row of the list in view.
    mutating func choose(_ name: String) {
        guard let resource = console.shownResource else { return }
        press(.home)
        let count = console.lists[resource]?.table.rows.count ?? 0
        for _ in 0..<count where console.lists[resource]?.selection?.name != name { press(.down) }
    }

    /// Types into the field of a form, in place of what is in it.
    mutating func fill(_ field: String, _ text: String) {
        guard let form = dialog?.form else { return }
        for _ in form.fields where dialog?.form?.focusedID != field { press(.tab) }
        press(.end, .control("u"))
        type(text)
    }

    func problem(_ field: String) -> String? { dialog?.form?.fields.first { $0.id == field }?.problem }
    /// The names of the rows of the list in view, in their order.
    var rowNames: [String] {
        guard let list = console.shownResource.flatMap({ console.lists[$0] }) else { return [] }
        return list.table.rows.compactMap { list.rows[$0]?.name }
    }
}

extension Form {
    var focusedID: String? { fields.indices.contains(focus) ? fields[focus].id : nil }
}
