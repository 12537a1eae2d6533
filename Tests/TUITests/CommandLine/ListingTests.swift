import Core
import JSON
import Testing

@testable import TUI

@Suite struct ListingTests {
    let listing: Listing = {
        var listing = Listing([.init("NAME"), .init("CPU%", .right), .init("NOTE")], names: ["name", "cpu", "note"])
        listing.rows = [
            .init(["web", "7.5", ""], ["name": "web", "cpu": 7.5, "note": .null]),
            .init(["täst 漢字", "120", "a, \"b\""], ["name": "täst 漢字", "cpu": 120, "note": "a, \"b\""]),
            .init(
                ["evil\u{1B}[2J\u{9B}31m", "", "x\r\ny\u{202E}z"],
                ["name": "evil\u{1B}[2J\u{9B}31m", "cpu": .null, "note": "x\r\ny\u{202E}z"]),
        ]
        return listing
    }()

    private func text(_ listing: Listing, _ form: Listing.Form) -> String {
        String(decoding: listing.printed(as: form), as: UTF8.self)
    }

    @Test func `a table aligns columns, numbers to the right, and has no control characters`() {
        #expect(
            text(listing, .text) == """
                NAME          CPU%  NOTE
                web            7.5
                täst 漢字      120  a, "b"
                evil·[2J·31m        x  y·z

                """)
    }

    @Test func `csv is that of RFC 4180 and has no control characters`() {
        #expect(
            text(listing, .csv)
                == "name,cpu,note\r\nweb,7.5,\r\ntäst 漢字,120,\"a, \"\"b\"\"\"\r\nevil·[2J·31m,,x  y·z\r\n")
    }

    @Test func `json is one array that means the same and has no control characters`() throws {
        let json = text(listing, .json)
        #expect(
            json == #"[{"name":"web","cpu":7.5,"note":null},{"name":"täst 漢字","cpu":120,"note":"a, \"b\""},"#
                + #"{"name":"evil\u001b[2J\u009b31m","cpu":null,"note":"x\r\ny\u202ez"}]"# + "\n")
        let parsed = try JSONValue(parsing: json)
        #expect(parsed[2]?["name"]?.string == "evil\u{1B}[2J\u{9B}31m")
        #expect(parsed[2]?["note"]?.string == "x\r\ny\u{202E}z")
    }

    @Test func `an empty list is still a list, with the header of a full one`() {
        let empty = Listings.pools([])
        #expect(text(empty, .text) == "NAME  STATE  CAPACITY  USED  FREE\n")
        #expect(text(empty, .csv) == "name,active,capacityBytes,allocationBytes,availableBytes\r\n")
        #expect(text(empty, .json) == "[]\n")
    }

    @Test func `columns are chosen by the names of the form, in the order in which they are named`() throws {
        #expect(text(try listing.choosing("cpu%, Name", for: .text), .text).hasPrefix("CPU%  NAME\n 7.5  web\n"))
        #expect(text(try listing.choosing("cpu,name", for: .csv), .csv).hasPrefix("cpu,name\r\n7.5,web\r\n"))
        #expect(text(try listing.choosing("note", for: .json), .json).hasPrefix(#"[{"note":null},"#))
        for wrong in ["nope", "", "name,"] {
            #expect(throws: CallError.self) { try listing.choosing(wrong, for: .csv) }
        }
    }

    @Test func `a filter keeps the rows that have every word`() {
        #expect(listing.matching("").rows.count == 3)
        #expect(listing.matching("WEB 7").rows.count == 1)
        #expect(listing.matching("!web").rows.count == 2)
        #expect(listing.matching("web !7").rows.isEmpty)
    }

    @Test func `every list calls the values of its rows what its header calls them`() {
        var fleet = Fleet()
        fleet.put([Machine(id: Machine.ID("1"), name: "web", internalName: "d", status: .off)])
        let zero = Timestamp(milliseconds: 0)
        let event = EventRecord(
            id: 1, at: zero, resource: "machine", action: "start", resourceID: "1", resourceName: "web", actor: "a",
            message: "m")
        let snapshot = Snapshot(
            name: "s", machineID: Machine.ID("1"), domainName: "d", createdAt: zero, isCurrent: true, state: "running")
        let pool = StoragePool(name: "p", isActive: true, capacityBytes: 1, allocationBytes: 1, availableBytes: 1)
        let department = DepartmentRow(department: Department(id: Department.ID("d"), name: "d"))
        let lists = [
            Listings.machines(&fleet, filter: ""), Listings.events([event]), Listings.departments([department]),
            Listings.pools([pool]), Listings.snapshots([snapshot]),
            Listings.links([LinkState(link: .database, state: .up, since: zero, reason: nil)]),
            Listings.users([Stage.users[0]]), Listings.templates([Stage.templates[0]], Stage.categories),
            Listings.categories([Stage.categories[0]]), Listings.applications([Self.application]),
            Listings.networks([Stage.networks[0]]),
        ]
        for list in lists {
            #expect(list.rows.count == 1)
            #expect(list.rows.first?.value.members.map(\.name) == list.names)
            #expect(list.rows.first?.texts.count == list.columns.count)
        }
    }

    private static let application = Application(
        id: Application.ID("a1"), name: "Editor", description: "writes", systems: ["ubuntu", "windows"],
        installCommand: JSONObject(), createdAt: Timestamp(milliseconds: 0))

    @Test func `accounts are listed by email, deleted ones among them`() {
        let list = Listings.users(Stage.users.reversed())
        #expect(
            text(list, .text).split(separator: "\n").map { $0.split(separator: " ").prefix(1).joined() } == [
                "EMAIL", "anna@example.org", "ben@example.org", "cleo@example.org", "root@example.org",
            ])
        #expect(list.rows[2].texts[3] == "deleted" && list.rows[2].value["deleted"] == true)
        #expect(list.rows[0].value["role"] == "ADMIN")
        #expect(!text(list, .json).contains("password"))
    }

    @Test func `templates are listed with the names of their categories`() {
        let list = Listings.templates(Stage.templates, Stage.categories)
        #expect(list.rows.map { $0.texts[1] } == ["Office", "Development", Format.missing])
        #expect(list.rows[2].value["category"] == .null && list.rows[0].value["cores"] == 2)
        #expect(list.rows[0].texts.contains("4 GB"))
    }

    @Test func `categories, applications and networks are listed with what they hold`() {
        let categories = Listings.categories(Stage.categories)
        #expect(categories.rows.map { $0.texts[1] } == ["1", "1", "0"])
        #expect(categories.rows[1].value["description"] == .null)
        let application = Listings.applications([Self.application]).rows[0]
        #expect(application.texts == ["Editor", "ubuntu, windows", "writes", "a1"])
        #expect(application.value["os"] == ["ubuntu", "windows"])
        let networks = Listings.networks(Stage.networks)
        #expect(networks.rows[2].texts.contains("nowhere"))
        #expect(networks.rows[3].value["address"] == .null && networks.rows[3].value["bridge"] == .null)
        #expect(networks.rows[0].value["dhcpStart"] == "192.168.122.2")
    }

    @Test func `applications are read`() {
        let row =
            #"{"id": "a1", "name": "Editor", "description": null, "os": ["ubuntu"], "createdAt": "2026-11-24T10:00:00Z"}"#
        let reply = Operation.application(.list).decode(Array("{\"data\": {\"applications\": [\(row)]}}".utf8))
        guard case .success(.applications(let applications)) = reply else {
            Issue.record("not read")
            return
        }
        #expect(applications.map(\.systems) == [["ubuntu"]] && applications[0].name == "Editor")
    }
}

@Suite struct SafeTextTests {
    @Test func `every character that a terminal could obey is escaped in JSON and means the same`() throws {
        var text = ""
        for range in [0...0xFF, 0x600...0x620, 0x2000...0x2070, 0xFEF0...0xFEFF, 0xE0000...0xE0080] {
            for value in range { if let scalar = Unicode.Scalar(UInt32(value)) { text.unicodeScalars.append(scalar) } }
        }
        let safe = String(decoding: SafeJSON.escaped(.string(text)), as: UTF8.self)
        #expect(try JSONValue(parsing: safe).string == text)
        let dangerous = safe.unicodeScalars.filter {
            $0.properties.generalCategory == .control || $0.properties.isBidiControl
                || $0.properties.generalCategory == .lineSeparator
                || (0xE0000...0xE007F).contains($0.value)
        }
        #expect(dangerous.isEmpty)
    }

    @Test func `JSON without such characters is left as it is`() {
        #expect(SafeJSON.escaped("{\"a\":\"ä漢\"}\n") == "{\"a\":\"ä漢\"}\n")
        #expect(SafeJSON.escaped("\"\u{E0001}\"") == "\"\\udb40\\udc01\"")
    }

    @Test func `a message keeps its lines and loses what a terminal could obey`() {
        #expect(SafeText.lines("a\u{1B}]0;x\u{7}\nb\u{85}c\n") == "a·]0;x·\nb·c\n")
    }
}
