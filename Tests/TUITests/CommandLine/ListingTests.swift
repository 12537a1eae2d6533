import Core
import JSON
import Testing

@testable import TUI

@Suite struct ListingTests {
    let listing = Listing(
        ["name", "cpu", "note"],
        [
            ["web", 7.5, .null],
            ["täst 漢字", 120, "a, \"b\""],
            ["evil\u{1B}[2J\u{9B}31m", .null, "x\r\ny\u{202E}z"],
        ])

    @Test func `a table aligns columns, numbers to the right, and has no control characters`() {
        #expect(
            listing.text(.table) == """
                NAME          CPU  NOTE
                web           7.5
                täst 漢字     120  a, "b"
                evil·[2J·31m       x  y·z

                """)
    }

    @Test func `csv is that of RFC 4180 and has no control characters`() {
        #expect(
            listing.text(.csv)
                == "name,cpu,note\r\nweb,7.5,\r\ntäst 漢字,120,\"a, \"\"b\"\"\"\r\nevil·[2J·31m,,x  y·z\r\n")
    }

    @Test func `json is one array that means the same and has no control characters`() throws {
        let text = listing.text(.json)
        #expect(
            text == #"""
                [
                  {"name":"web","cpu":7.5,"note":null},
                  {"name":"täst 漢字","cpu":120,"note":"a, \"b\""},
                  {"name":"evil\u001b[2J\u009b31m","cpu":null,"note":"x\r\ny\u202ez"}
                ]

                """#)
        let parsed = try JSONValue(parsing: text)
        #expect(parsed[2]?["name"]?.string == "evil\u{1B}[2J\u{9B}31m")
        #expect(parsed[2]?["note"]?.string == "x\r\ny\u{202E}z")
    }

    @Test func `an empty list is still a list`() {
        let empty = Listing(["name", "id"], [])
        #expect(empty.text(.table) == "NAME  ID\n")
        #expect(empty.text(.csv) == "name,id\r\n")
        #expect(empty.text(.json) == "[]\n")
    }

    @Test func `columns are chosen by name, in the order in which they are named`() throws {
        #expect(try listing.choosing("CPU, name").columns == ["cpu", "name"])
        #expect(try listing.choosing("CPU, name").rows[0] == [7.5, "web"])
        #expect(try listing.choosing(nil) == listing)
        for wrong in ["nope", "", "name,"] {
            #expect(throws: CommandFailure.self) { try listing.choosing(wrong) }
        }
    }

    @Test func `a filter keeps the rows that have every word`() {
        #expect(listing.matching("").rows.count == 3)
        #expect(listing.matching("WEB 7").rows.count == 1)
        #expect(listing.matching("!web").rows.count == 2)
        #expect(listing.matching("web !7").rows.isEmpty)
    }

    @Test func `machines are listed by name with department and figures`() {
        let sales = Department(id: Department.ID("s"), name: "Sales")
        let web = Machine(
            id: Machine.ID("1"), name: "web", internalName: "d-web", status: .running, os: "debian", cpuCores: 2,
            departmentID: sales.id, localIP: "10.0.0.2")
        let found = Machine(
            id: Machine.ID("2"), name: "found", internalName: "found", status: .off, isManaged: false)
        var figures = Figures()
        figures.cpuPercent = 12.345
        figures.memoryUsedMiB = 512
        let sample = FiguresSample(machine: web.id, at: Timestamp(milliseconds: 0), figures: figures)
        let list = Listing.machines(
            [web, found], [web.id: sample], [DepartmentRow(department: sales)], matching: "")
        #expect(
            list.text(.csv)
                == [
                    "name,state,department,cpu,memoryMiB,vcpus,os,ip,managed,id",
                    "found,off,,,,0,,,false,2",
                    "web,running,Sales,12.3,512,2,debian,10.0.0.2,true,1", "",
                ].joined(separator: "\r\n"))
        let running = Listing.machines(
            [web, found], [web.id: sample], [DepartmentRow(department: sales)], matching: "state:running cpu>10")
        #expect(running.rows.count == 1)
    }
}

@Suite struct SafeTextTests {
    @Test func `every character that a terminal could obey is escaped in JSON and means the same`() throws {
        var text = ""
        for range in [0...0xFF, 0x600...0x620, 0x2000...0x2070, 0xFEF0...0xFEFF, 0xE0000...0xE0080] {
            for value in range { if let scalar = Unicode.Scalar(UInt32(value)) { text.unicodeScalars.append(scalar) } }
        }
        let safe = SafeText.json(JSONValue.string(text).text)
        #expect(try JSONValue(parsing: safe).string == text)
        let dangerous = safe.unicodeScalars.filter {
            $0.properties.generalCategory == .control || $0.properties.isBidiControl
                || $0.properties.generalCategory == .lineSeparator
                || (0xE0000...0xE007F).contains($0.value)
        }
        #expect(dangerous.isEmpty)
    }

    @Test func `JSON without such characters is left as it is`() {
        #expect(SafeText.json("{\"a\":\"ä漢\"}\n") == "{\"a\":\"ä漢\"}\n")
        #expect(SafeText.json("\"\u{E0001}\"") == "\"\\udb40\\udc01\"")
    }

    @Test func `a message keeps its lines and loses what a terminal could obey`() {
        #expect(SafeText.lines("a\u{1B}]0;x\u{7}\nb\u{85}c\n") == "a·]0;x·\nb·c\n")
    }
}
