import Core
import Testing

@testable import TUI

@Suite struct NameTests {
    let fleet: Fleet = {
        var fleet = Fleet()
        fleet.put([
            Machine(id: Machine.ID("1"), name: "web", internalName: "d-web", status: .running),
            Machine(id: Machine.ID("2"), name: "db", internalName: "web", status: .off),
            Machine(id: Machine.ID("3"), name: "twin", internalName: "d-a", status: .off),
            Machine(id: Machine.ID("4"), name: "twin", internalName: "d-b", status: .off),
            Machine(id: Machine.ID("5"), name: "1", internalName: "d-1", status: .off),
        ])
        fleet.put(["Sales", "Care"].map { Department(id: Department.ID("d-" + $0), name: $0) })
        return fleet
    }()

    @Test(arguments: [("web", "1"), ("db", "2"), ("d-a", "3"), ("4", "4"), ("1", "1"), ("d-1", "5")])
    func `an id goes before a name, and a name before a domain`(word: String, id: String) throws {
        #expect(try fleet.machine(named: word).id.rawValue == id)
    }

    @Test func `a name that two have is wrong usage that lists their ids`() {
        #expect(throws: CallError.usage("2 machines are named \"twin\": give the id of one (3, 4)")) {
            try fleet.machine(named: "twin")
        }
    }

    @Test func `a name that nobody has is said to be so`() {
        #expect(throws: CallError.notFound("there is no machine \"nope\"")) { try fleet.machine(named: "nope") }
        #expect(throws: CallError.notFound("there is no department \"nope\"")) { try fleet.department(named: "nope") }
    }

    @Test func `a mistyped name is answered with those that are near`() {
        #expect(throws: CallError.notFound("there is no machine \"wbe\" (did you mean web?)")) {
            try fleet.machine(named: "wbe")
        }
        #expect(throws: CallError.notFound("there is no department \"Cre\" (did you mean Care?)")) {
            try fleet.department(named: "Cre")
        }
    }

    @Test func `of many names all have to be known, and each is meant once`() throws {
        #expect(try fleet.machines(named: ["web", "1", "db"]).map(\.id.rawValue) == ["1", "2"])
        let error = CallError.notFound(
            "there is no machine \"nope\"; there is no machine \"deb\" (did you mean db or web?); nothing was done")
        #expect(throws: error) { try fleet.machines(named: ["web", "nope", "deb"]) }
        #expect(error.exitStatus == 1)
        #expect(throws: CallError.self) { try fleet.machines(named: ["web", "twin"]) }
    }

    @Test(arguments: ["Sales", "d-Sales"])
    func `a department is found by name or id`(word: String) throws {
        #expect(try fleet.department(named: word).name == "Sales")
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
