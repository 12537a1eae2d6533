import Core
import Testing

@testable import TUI

@Suite struct NameTests {
    let machines = [
        Machine(id: Machine.ID("1"), name: "web", internalName: "d-web", status: .running),
        Machine(id: Machine.ID("2"), name: "db", internalName: "web", status: .off),
        Machine(id: Machine.ID("3"), name: "twin", internalName: "d-a", status: .off),
        Machine(id: Machine.ID("4"), name: "twin", internalName: "d-b\u{1B}[2J", status: .off),
        Machine(id: Machine.ID("5"), name: "1", internalName: "d-1", status: .off),
    ]
    let departments = ["Sales", "sales", "Care"].enumerated().map {
        DepartmentRow(department: Department(id: Department.ID("d\($0.offset)"), name: $0.element))
    }

    @Test(arguments: [("web", "1"), ("db", "2"), ("d-a", "3"), ("4", "4"), ("1", "1"), ("d-1", "5")])
    func `an id goes before a name, and a name before a domain`(word: String, id: String) throws {
        #expect(try NameLookup.machine(word, in: machines).id.rawValue == id)
    }

    @Test func `a name that two have is wrong usage that lists their ids`() {
        let failure = #expect(throws: CommandFailure.self) { try NameLookup.machine("twin", in: machines) }
        #expect(
            failure
                == .usage("several machines are called \"twin\"; name one by its id:\n  3  d-a\n  4  d-b·[2J"))
        #expect(failure?.status == 2)
    }

    @Test func `several words name each machine once, and one that names none stops all`() throws {
        #expect(try NameLookup.machines(["db", "web", "2"], in: machines).map(\.id.rawValue) == ["2", "1"])
        #expect(throws: CommandFailure.failed("there is no machine called \"nope\"")) {
            try NameLookup.machines(["db", "nope"], in: machines)
        }
    }

    @Test func `a department is found by id, by name, and in other letters' case where that is clear`() throws {
        #expect(try NameLookup.department("sales", in: departments).id.rawValue == "d1")
        #expect(try NameLookup.department("Sales", in: departments).id.rawValue == "d0")
        #expect(try NameLookup.department("care", in: departments).id.rawValue == "d2")
        #expect(try NameLookup.department("d2", in: departments).id.rawValue == "d2")
        #expect(
            throws: CommandFailure.usage(
                "several departments are called \"SALES\"; name one by its id:\n  d0  Sales\n  d1  sales")
        ) { try NameLookup.department("SALES", in: departments) }
        #expect(throws: CommandFailure.self) { try NameLookup.department("nope", in: departments) }
    }

    @Test(arguments: [
        (["ls"], ["ls"]),
        (["--socket", "/s", "ls", "vms"], ["ls", "vms", "--socket", "/s"]),
        (["--socket=/s", "vm", "start", "--", "-x"], ["vm", "start", "--socket=/s", "--", "-x"]),
        (["--socket", "/a", "ls", "--socket", "/b"], ["ls", "--socket", "/b"]),
        (["--socket", "/s"], ["--socket", "/s"]),
        (["--socket"], ["--socket"]),
    ])
    func `the socket may be named before the command`(words: [String], parsed: [String]) {
        #expect(Arguments.withSocketBehind(words) == parsed)
    }

    @Test func `a completion asks the socket that the line names`() {
        #expect(Arguments.socket(in: ["bay", "vm", "start", "--socket", "/s", ""]) == "/s")
        #expect(Arguments.socket(in: ["bay", "--socket=/s", "vm"]) == "/s")
        #expect(Arguments.socket(in: ["bay", "vm", "--socket", ""]) == nil)
        #expect(Arguments.socket(in: ["bay", "vm"]) == nil)
    }
}
