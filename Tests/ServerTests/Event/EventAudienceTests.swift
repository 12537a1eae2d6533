import Core
import JSON
import Postgres
import Server
import TestSupport
import Testing

/// Who hears of what, on real records: Ada and Bob have a machine each in one department, Eve has one in another.
@Suite struct EventAudienceTests {
    private struct Office {
        let world: World
        let audience: EventAudience
        let machines: [Machine]
        var users: [String: User] = [:]

        static func with(_ body: @escaping @Sendable (Office) async throws -> Void) async throws {
            try await World.with(bcryptCost: 4) { world in
                let machines = try await world.adopt("alpha", "beta")
                let other = try await world.services.departments.create(named: "Other", by: "test")
                let gamma = try #require(
                    try await world.services.adoption.adopt(
                        [world.domain("gamma")], into: other.id, by: world.admin)[0].machine)
                var office = Office(
                    world: world,
                    audience: EventAudience(database: world.services.database, hub: world.services.hub),
                    machines: machines + [gamma])
                for (name, role) in [
                    ("ada", UserRole.user), ("bob", .user), ("eve", .user), ("admin", .admin), ("root", .superAdmin),
                ] { office.users[name] = try await office.add(name, role) }
                for (machine, owner) in zip(office.machines, ["ada", "bob", "eve"]) {
                    _ = try await world.services.machines.assign(
                        machine.id, to: office.users[owner]?.id, by: world.admin)
                }
                try await body(office)
            }
        }

        func add(_ name: String, _ role: UserRole) async throws -> User {
            try await world.services.users.create(
                User(
                    id: User.ID(""), email: "\(name)@example.org", firstName: name, lastName: "Last", role: role),
                password: "planted secret", by: world.admin)
        }

        func name(_ id: String) -> String { users.first { $0.value.id.rawValue == id }?.key ?? id }
        var everybody: Set<String> { Set(users.values.map(\.id.rawValue)) }
        func id(_ name: String) -> User.ID { users[name]?.id ?? User.ID("") }

        /// What everybody hears of what `body` does, libvirt's own words and the steps of jobs left out.
        func heard(_ body: () async throws -> Void) async throws -> [Announcement] {
            let last = try await world.services.events.last()
            try await body()
            let events = try await world.services.events.events(after: last, limit: 1000)
            return try await audience.announcements(
                of: events.filter { $0.actor != "libvirt" && $0.actor != "bayd" && $0.resource != "job" }, to: everybody
            )
        }

        /// `vms:update -> ada admin root`, a line for each notice.
        func lines(_ announcements: [Announcement]) -> [String] {
            announcements.flatMap(\.notices).map { notice in
                "\(notice.name) -> \(notice.users.map(name).sorted().joined(separator: " "))"
            }
        }
    }

    // MARK: Machines

    @Test func `a machine is whole for its owner and administrators, and an outline for its department`() async throws {
        try await Office.with { office in
            let machine = office.machines[0]
            let heard = try await office.heard {
                _ = try await office.world.services.machines.rename(
                    machine.id, to: "renamed", by: office.world.admin)
            }
            #expect(office.lines(heard) == ["vms:update -> ada admin root", "vms:update -> bob"])
            let whole = heard[0].notices[0].data
            for (name, value) in [
                ("id", JSONValue.string(machine.id.rawValue)), ("name", "renamed"), ("status", "off"),
                ("internalName", "alpha"), ("managed", true),
            ] { #expect(whole[name] == value, "\(name)") }
            #expect(whole["user"]?["email"] == "ada@example.org" && whole["department"]?["name"] == "Lab")
            #expect(whole["template"] == .null && whole["createdAt"]?.string != nil)
            let outline = try #require(heard[0].notices[1].data.object)
            #expect(
                Set(outline.members.map(\.name)) == [
                    "id", "name", "status", "os", "departmentId", "managed", "department",
                ])
            #expect(heard[0].notices[0].rooms.map(\.name).first == "vm:\(machine.id)")
            #expect(heard[0].evictions[0].staying == heard[0].notices[0].users)
        }
    }

    @Test func `power actions bear the catalogue's names`() async throws {
        try await Office.with { office in
            let (services, machine) = (office.world.services, office.machines[0])
            for (action, names) in [
                (MachineAction.start, ["vms:power_on"]), (.suspend, ["vms:suspend"]), (.resume, ["vms:resume"]),
                (.reset, ["vms:update", "vm:reset"]), (.restart, ["vms:power_on", "vm:restarted"]),
                (.shutdown, ["vms:power_off"]), (.start, ["vms:power_on"]),
                (.stop, ["vms:power_off", "vm:forced:poweroff"]),
            ] {
                let heard = try await office.heard {
                    _ = try await services.machines.perform(
                        action, on: machine.id, for: office.world.admin, force: false)
                }
                let toOwner = heard.flatMap(\.notices).filter { $0.users.contains(office.id("ada").rawValue) }
                #expect(toOwner.map(\.name) == names, "\(action)")
                #expect(toOwner.first?.data["status"] == .string(action.goal.rawValue), "\(action)")
            }
        }
    }

    @Test func `who loses a machine is told that it is gone`() async throws {
        try await Office.with { office in
            let (services, machine) = (office.world.services, office.machines[0])
            let heard = try await office.heard {
                _ = try await services.machines.assign(machine.id, to: office.id("eve"), by: office.world.admin)
            }
            #expect(
                office.lines(heard) == [
                    "vms:update -> admin eve root", "vms:update -> bob", "vms:delete -> ada",
                ])
            #expect(heard[0].notices[2].data["action"] == "removed")
            // The hall of the department is no longer Ada's, and has become Eve's.
            let hall = try #require(heard[0].evictions.first { $0.room.kind == .department })
            #expect(Set(hall.staying.map(office.name)) == ["admin", "bob", "eve", "root"])
            #expect(Set(heard[0].evictions[0].staying.map(office.name)) == ["admin", "eve", "root"])
            #expect(!heard[0].notices[0].data.text.contains("previous"))
        }
    }

    @Test func `a machine that moves leaves the people of its old department`() async throws {
        try await Office.with { office in
            let services = office.world.services
            let other = try #require(office.machines[2].departmentID)
            let heard = try await office.heard {
                _ = try await services.machines.move(office.machines[0].id, to: other, by: office.world.admin)
            }
            #expect(
                office.lines(heard) == [
                    "vms:update -> ada admin root", "vms:update -> eve", "vms:delete -> bob",
                ])
        }
    }

    @Test func `a machine that is destroyed is deleted for all who knew it`() async throws {
        try await Office.with { office in
            let machine = office.machines[0]
            let heard = try await office.heard {
                _ = try await office.world.services.machines.destroy(machine.id, by: office.world.admin)
            }
            #expect(office.lines(heard) == ["vms:delete -> ada admin root", "vms:delete -> bob"])
            let data = heard[0].notices[0].data
            #expect(data["id"] == .string(machine.id.rawValue) && data["action"] == "deleted")
            #expect(data["deletedAt"]?.string?.hasSuffix("Z") == true)
            #expect(heard[0].closings.map(\.name) == ["vm:\(machine.id)"])
        }
    }

    @Test func `snapshots are told to the owner and administrators`() async throws {
        try await Office.with { office in
            let (snapshots, machine) = (office.world.services.snapshots, office.machines[0])
            let heard = try await office.heard {
                _ = try await snapshots.create("first", description: "before", of: machine.id, by: office.world.admin)
                try await snapshots.restore("first", of: machine.id, force: true, by: office.world.admin)
                try await snapshots.delete("first", of: machine.id, by: office.world.admin)
            }
            #expect(
                office.lines(heard) == [
                    "vm:snapshot:created -> ada admin root", "vm:snapshot:restored -> ada admin root",
                    "vm:snapshot:deleted -> ada admin root",
                ])
            for announcement in heard {
                #expect(announcement.notices[0].data["machineId"] == .string(machine.id.rawValue))
                #expect(announcement.notices[0].data["snapshotName"] == "first")
            }
            #expect(heard[0].notices[0].data["snapshot"]?["description"] == "before")
        }
    }

    // MARK: The others

    @Test func `departments are told to administrators and their people`() async throws {
        try await Office.with { office in
            let departments = office.world.services.departments
            let lab = try #require(office.machines[0].departmentID)
            let heard = try await office.heard {
                let made = try await departments.create(named: "Made", by: "test")
                _ = try await departments.rename(lab, to: "Laboratory", by: "test")
                _ = try await departments.delete(made.id, by: "test")
            }
            #expect(
                office.lines(heard) == [
                    "departments:create -> admin root", "departments:update -> ada admin bob root",
                    "departments:delete -> admin root",
                ])
            let update = heard[1].notices[0].data
            #expect(update["name"] == "Laboratory" && update["totalMachines"] == 2)
            #expect(update["createdAt"]?.string?.hasSuffix("Z") == true)
            #expect(heard[2].notices[0].data["action"] == "deleted" && heard[2].notices[0].data["name"] == "Made")
        }
    }

    @Test func `accounts are told to administrators and themselves, and as a name to their neighbours`() async throws {
        try await Office.with { office in
            let users = office.world.services.users
            let heard = try await office.heard {
                _ = try await office.add("new", .user)
                _ = try await users.update(office.id("ada"), UserChange(firstName: "Augusta"), by: office.world.admin)
                _ = try await users.setDeleted(true, office.id("ada"), by: office.world.admin)
            }
            #expect(
                office.lines(heard) == [
                    "users:create -> admin root", "users:update -> admin root", "users:update -> bob",
                    "users:delete -> admin root", "users:delete -> bob",
                ])
            let whole = heard[1].notices[0].data
            #expect(whole["firstName"] == "Augusta" && whole["email"] == "ada@example.org")
            #expect(whole["namespace"] == .string("user_" + office.id("ada").rawValue.prefix(8)))
            #expect(whole["VM"]?.array?.count == 1)
            let name = try #require(heard[1].notices[1].data.object)
            #expect(Set(name.members.map(\.name)) == ["id", "firstName", "lastName", "deleted"])
        }
    }

    @Test func `applications are told to administrators, those who have them and their departments`() async throws {
        try await Office.with { office in
            let (applications, database) = (office.world.services.applications, office.world.services.database)
            let draft = ApplicationDraft(name: "Editor", systems: ["ubuntu"], installCommand: ["ubuntu": "apt"])
            var made: Application?
            let first = try await office.heard { made = try await applications.create(draft, by: "test") }
            let id = try #require(made).id
            try await database.execute(
                """
                INSERT INTO "MachineApplication" ("machineId", "applicationId", parameters)
                VALUES (\(office.machines[0].id.rawValue), \(id.rawValue), '{}')
                """)
            let second = try await office.heard {
                _ = try await applications.update(id, by: "test") { draft in
                    var draft = draft
                    draft.name = "Writer"
                    return draft
                }
                try await database.execute("DELETE FROM \"MachineApplication\"")
                try await applications.delete(id, by: "test")
            }
            #expect(office.lines(first) == ["applications:create -> admin root"])
            #expect(first[0].notices[0].data["installCommand"] == ["ubuntu": "apt"])
            // By the time that these were looked at the application was gone, and nobody had it.
            #expect(
                office.lines(second) == [
                    "applications:update -> admin root", "applications:delete -> admin root",
                ])
            #expect(second[0].notices[0].data["name"] == "Writer")
        }
    }

    // MARK: All of them

    @Test func `nothing that is told holds a secret`() async throws {
        try await Office.with { office in
            let services = office.world.services
            let machine = office.machines[0]
            try await services.database.execute("UPDATE \"User\" SET token = 'planted token'")
            try await services.database.execute(
                """
                INSERT INTO "MachineConfiguration" (id, "machineId", "graphicPassword", xml)
                VALUES ('c', \(machine.id.rawValue), 'planted screen', '"planted xml"')
                """)
            let last = try await services.events.last()
            _ = try await services.machines.rename(machine.id, to: "renamed", by: office.world.admin)
            _ = try await services.machines.assign(machine.id, to: office.id("bob"), by: office.world.admin)
            _ = try await services.users.update(
                office.id("ada"), UserChange(password: "planted secret two"), by: office.world.admin)
            _ = try await services.machines.destroy(machine.id, by: office.world.admin)
            let events = try await services.events.events(after: last, limit: 1000)
            #expect(events.count >= 4)
            let told = try await office.audience.announcements(of: events, to: office.everybody)
            for notice in told.flatMap(\.notices) {
                #expect(!notice.data.text.contains("planted") && !notice.data.text.contains("$2b$"), "\(notice)")
                for word in ["password", "token", "xml"] {
                    #expect(!notice.data.text.lowercased().contains("\"\(word)"), "\(notice)")
                }
            }
            // Whatever administrators hear the highest of them hear too.
            let (admin, root) = (office.id("admin").rawValue, office.id("root").rawValue)
            for notice in told.flatMap(\.notices) {
                #expect(notice.users.contains(admin) == notice.users.contains(root), "\(notice.name)")
            }
        }
    }

    @Test func `nobody who is not connected or is deleted is told anything`() async throws {
        try await Office.with { office in
            let last = try await office.world.services.events.last()
            _ = try await office.world.services.machines.rename(
                office.machines[0].id, to: "renamed", by: office.world.admin)
            let events = try await office.world.services.events.events(after: last, limit: 10)
            let some = try await office.audience.announcements(of: events, to: [office.id("bob").rawValue])
            #expect(office.lines(some) == ["vms:update -> bob"])
            try await office.world.services.database.execute("UPDATE \"User\" SET deleted = true")
            let none = try await office.audience.announcements(of: events, to: office.everybody)
            #expect(office.lines(none) == [])
        }
    }

    @Test func `what goes on in the server is told to administrators`() async throws {
        try await Office.with { office in
            func event(_ resource: String, _ action: String, _ data: JSONValue) -> EventRecord {
                EventRecord(
                    id: 1, at: Timestamp(milliseconds: 0), resource: resource, action: action, resourceID: "7",
                    resourceName: "name", actor: "bayd", message: "words", data: data)
            }
            let told = try await office.audience.announcements(
                of: [
                    event(
                        "job", "finish", ["state": "succeeded", "kind": "hardware", "machineId": "1", "hidden": "x"]),
                    event("job", "finish", ["state": "failed"]), event("schedule", "failed", ["id": "7"]),
                    event("schedule", "recovered", ["id": "7"]),
                    event("error", "create", ["severity": "high", "resolved": false]),
                    event("error", "resolve", ["severity": "high", "resolved": true]),
                    event("nothing", "create", .null),
                ], to: office.everybody)
            #expect(
                office.lines(told)
                    == Array(repeating: "background_task:status_changed -> admin root", count: 4)
                    + Array(repeating: "system:status_changed -> admin root", count: 2))
            #expect(
                told.map { $0.notices[0].data["status"] } == [
                    "completed", "failed", "failed", "completed", "error", "resolved",
                ])
            #expect(told[1].notices[0].data["error"] == "words" && told[0].notices[0].data["error"] == .null)
            #expect(told[0].notices[0].data["taskId"] == "7" && told[0].notices[0].data["hidden"] == nil)
        }
    }

    @Test func `many events cost as many statements as one`() async throws {
        let database = try await TestDatabase.make()
        let audience = EventAudience(database: database, hub: EventHub())
        func event(_ resource: String, _ number: Int) -> EventRecord {
            let id = "\(resource)\(number)"
            return EventRecord(
                id: Int64(number), at: Timestamp(milliseconds: 0), resource: resource, action: "update", resourceID: id,
                resourceName: id, actor: "test", message: "",
                data: [
                    "id": .string(id), "departmentId": .string("department\(number)"),
                    "userId": .string("user\(number)"),
                    "templateId": .string("template\(number)"), "name": .string(id),
                ])
        }
        func cost(_ count: Int) async throws -> Int {
            let events = (1...count).flatMap { number in
                ["machine", "snapshot", "department", "user", "application"].map { event($0, number) }
            }
            let before = database.statementCount
            _ = try await audience.announcements(of: events, to: Set((1...count).map { "user\($0)" }))
            return database.statementCount - before
        }
        let one = try await cost(1)
        let many = try await cost(200)
        #expect(one == many && one > 0 && one <= 12)
    }

    @Test func `rooms are open to owners, to people of a department, and to administrators`() async throws {
        try await Office.with { office in
            let machine = SocketRoom(.machine, office.machines[0].id.rawValue)
            let department = SocketRoom(.department, try #require(office.machines[0].departmentID).rawValue)
            let own = SocketRoom(.user, office.id("ada").rawValue)
            for (room, allowed) in [
                (machine, ["ada", "admin", "root"]), (department, ["ada", "admin", "bob", "root"]), (own, ["ada"]),
                (SocketRoom(.machine, "none"), []), (SocketRoom(.department, "none"), []),
            ] {
                var found: [String] = []
                for (name, user) in office.users.sorted(by: { $0.key < $1.key }) {
                    let caller = Caller(name: user.email, role: user.role, userID: user.id.rawValue)
                    if try await office.audience.mayJoin(room, caller) { found.append(name) }
                }
                #expect(found == allowed, "\(room)")
            }
        }
    }
}
