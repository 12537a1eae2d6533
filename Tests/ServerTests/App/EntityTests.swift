import Core
import GraphQL
import JSON
import Server
import Synchronization
import TestSupport
import Testing

/// Templates, applications, settings, networks and the host as clients of the API meet them.
@Suite struct EntityTests {
    private func ask(
        _ world: World, _ query: String, _ variables: JSONObject = JSONObject()
    ) async throws -> JSONValue {
        let answer = Mutex<[UInt8]>([])
        let runner = GraphQLRunner(
            schema: try BaySchema.build(),
            services: world.services, facts: ServerFacts(version: "0", isDemo: false, hypervisorURI: "test:///"),
            log: TestDatabase.quiet)
        let end = await runner.run(OperationRequest(query: query, variables: variables), for: world.admin) { bytes in
            answer.withLock { $0 = bytes }
        }
        if case .refused(let errors) = end { return ["errors": try JSONValue(parsing: errors)] }
        return try JSONValue(parsing: answer.withLock { $0 })
    }

    private func code(_ answer: JSONValue) -> String? { answer["errors"]?[0]?["extensions"]?["code"]?.string }

    @Test func `templates stand in categories, and both are counted`() async throws {
        try await World.with(domains: []) { world in
            let category = try await ask(
                world, "mutation { c: createMachineTemplateCategory(input: {name: \"Desks\"}) { id description } }")
            let id = try #require(category["data"]?["c"]?["id"]?.string)
            let create = """
                mutation ($input: MachineTemplateInputType!) { t: createMachineTemplate(input: $input) {
                  id name description cores ram storage categoryId totalMachines } }
                """
            for number in 1...12 {
                let made = try await ask(
                    world, create,
                    [
                        "input": [
                            "name": .string("t\(number)"), "cores": .int(number), "ram": 4, "storage": 40,
                            "categoryId": .string(id),
                        ]
                    ])
                #expect(made["data"]?["t"]?["categoryId"]?.string == id, "\(made.text)")
                #expect(made["data"]?["t"]?["totalMachines"] == 0)
            }
            let listed = try await ask(
                world,
                """
                { all: machineTemplates { id } machineTemplateCategories { name totalTemplates totalMachines }
                  page: machineTemplates(orderBy: {fieldName: CORES, direction: DESC}, pagination: {skip: 1, take: 2}) {
                    cores } }
                """)
            #expect(listed["data"]?["all"]?.array?.count == 10)
            #expect(listed["data"]?["page"] == [["cores": 11], ["cores": 10]])
            #expect(
                listed["data"]?["machineTemplateCategories"]
                    == [["name": "Desks", "totalTemplates": 12, "totalMachines": 0]])
            let again = try await ask(world, create, ["input": ["name": "T1", "cores": 1, "ram": 1, "storage": 1]])
            #expect(code(again) == "CONFLICT")
            let empty = try await ask(world, create, ["input": [:]])
            #expect(code(empty) == "BAD_USER_INPUT")
            let negative = try await ask(world, "{ machineTemplates(pagination: {take: -1}) { id } }")
            #expect(code(negative) == "BAD_USER_INPUT")
            let full = try await ask(world, "mutation { destroyMachineTemplateCategory(id: \"\(id)\") }")
            #expect(code(full) == "CONFLICT")
        }
    }

    @Test func `what an update of an application does not mention stays`() async throws {
        try await World.with(domains: []) { world in
            let made = try await ask(
                world,
                """
                mutation { a: createApplication(input: {name: "Editor", description: "edits", os: ["ubuntu"],
                  installCommand: {ubuntu: "apt-get install editor"}, parameters: {channel: "stable"}}) { id } }
                """)
            let id = try #require(made["data"]?["a"]?["id"]?.string, "\(made.text)")
            let changed = try await ask(
                world,
                """
                mutation { a: updateApplication(id: "\(id)", input: {name: "Writer", os: ["ubuntu"],
                  installCommand: {ubuntu: "x"}}) { name description parameters installCommand os } }
                """)
            #expect(
                changed["data"]?["a"] == [
                    "name": "Writer", "description": "edits", "parameters": ["channel": "stable"],
                    "installCommand": ["ubuntu": "x"], "os": ["ubuntu"],
                ])
            let deleted = try await ask(
                world, "mutation { a: deleteApplication(id: \"\(id)\") b: deleteApplication(id: \"\(id)\") }")
            #expect(code(deleted) == "NOT_FOUND")
        }
    }

    @Test func `settings take what is given, and null for a logo`() async throws {
        try await World.with(domains: []) { world in
            let fields = "{ id theme wallpaper logoUrl interfaceSize }"
            let changed = try await ask(
                world,
                """
                mutation { a: updateAppSettings(input: {theme: "dark", logoUrl: "/l.svg", interfaceSize: null}) \(fields)
                  b: updateAppSettings(input: {logoUrl: null, wallpaper: "w.png"}) \(fields) }
                """)
            #expect(
                changed["data"]?["b"] == [
                    "id": "default-settings", "theme": "dark", "wallpaper": "w.png", "logoUrl": nil,
                    "interfaceSize": "xl",
                ], "\(changed.text)")
            #expect(
                code(try await ask(world, "mutation { updateAppSettings(input: {theme: \"pink\"}) { id } }"))
                    == "BAD_USER_INPUT")
        }
    }

    @Test func `networks are shown in the words of the API`() async throws {
        try await World.with(domains: ["alpha"]) { world in
            let made = try await ask(
                world,
                """
                mutation { createNetwork(input: {name: "office", bridgeName: "virbr7", description: "all",
                  ipConfig: {address: "10.7.0.1", netmask: "255.255.255.0", dhcp: {start: "10.7.0.2", end: "10.7.0.9"}}})
                  b: createNetwork(input: {name: "lab", bridgeName: "virbr8"}) }
                """)
            #expect(made["data"] == ["createNetwork": true, "b": true], "\(made.text)")
            let shown = try await ask(
                world,
                """
                { networks { name description bridge { name stp delay }
                    ip { address netmask dhcp { range { start end } } } }
                  network(name: "office") { uuid active autostart needsRestart forwardMode } }
                """)
            #expect(
                shown["data"]?["networks"] == [
                    [
                        "name": "lab", "description": nil, "bridge": ["name": "virbr8", "stp": "on", "delay": "0"],
                        "ip": ["address": "", "netmask": "", "dhcp": nil],
                    ],
                    [
                        "name": "office", "description": "all",
                        "bridge": ["name": "virbr7", "stp": "on", "delay": "0"],
                        "ip": [
                            "address": "10.7.0.1", "netmask": "255.255.255.0",
                            "dhcp": ["range": ["start": "10.7.0.2", "end": "10.7.0.9"]],
                        ],
                    ],
                ], "\(shown.text)")
            #expect(shown["data"]?["network"]?["active"] == true && shown["data"]?["network"]?["forwardMode"] == "nat")
            let taken = try await ask(
                world, "mutation { createNetwork(input: {name: \"lab\", bridgeName: \"virbr9\"}) }")
            #expect(code(taken) == "CONFLICT")
            let nameless = try await ask(world, "mutation { createNetwork(input: {}) }")
            #expect(code(nameless) == "BAD_USER_INPUT")
            #expect(code(try await ask(world, "{ network(name: \"none\") { uuid } }")) == "NOT_FOUND")
        }
    }

    @Test func `a server without administrators says so, and its host sets it up`() async throws {
        try await World.with(domains: ["alpha"], bcryptCost: 4) { world in
            let before = try await ask(
                world, "{ checkSetupStatus { value } getSupportedOSTypes checkSystemReadiness { ready missingOS } }")
            #expect(before["data"]?["checkSetupStatus"]?["value"] == "required")
            #expect(before["data"]?["getSupportedOSTypes"] == ["WINDOWS10", "WINDOWS11", "UBUNTU", "FEDORA"])
            #expect(code(try await ask(world, "mutation { setupNode { value } }")) == "BAD_USER_INPUT")
            let set = try await ask(
                world, "mutation { setupNode(email: \"ann@example.org\", password: \"correct horse\") { value } }")
            #expect(set["data"]?["setupNode"]?["value"] == "complete", "\(set.text)")
            #expect(code(try await ask(world, "mutation { setupNode { value } }")) == "FORBIDDEN")
            let host = try await ask(
                world, "{ getSystemResources { cpu { total available } disk { total } } getGraphics { pciBus } }")
            #expect(host["data"]?["getGraphics"] == [] && host["errors"] == nil, "\(host.text)")
        }
    }
}
