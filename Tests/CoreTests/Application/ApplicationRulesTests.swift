import Core
import JSON
import Testing

@Suite struct ApplicationRulesTests {
    @Test func `systems are kept in lower case and each once`() throws {
        let draft = try ApplicationDraft(
            name: " Editor ", systems: ["Ubuntu", "ubuntu", "WINDOWS10"],
            installCommand: ["UBUNTU": "apt-get install -y editor", "windows": "winget install editor"]
        ).checked()
        #expect(draft.name == "Editor" && draft.systems == ["ubuntu", "windows10"])
        #expect(draft.installCommand["ubuntu"] == "apt-get install -y editor")
    }

    @Test func `every system has its command, its own or that of its kin`() {
        let commands: JSONObject = ["windows": "a", "fedora": "b"]
        #expect(ApplicationRules.problem(commands: commands, systems: ["windows11", "redhat"]) == nil)
        #expect(
            ApplicationRules.problem(commands: commands, systems: ["ubuntu"])
                == "there is no command that installs it on ubuntu")
    }

    @Test(
        arguments: [
            (["amiga"], ["amiga": "x"]), ([], ["windows": "x"]), (["ubuntu"], ["ubuntu": ""]),
            (["ubuntu"], ["ubuntu": 7]),
            (["ubuntu"], [:]), (["ubuntu"], ["ubuntu": "x", "beos": "y"]), (["ubuntu"], ["ubuntu": "a\u{0}b"]),
        ] as [([String], JSONObject)])
    func `what could not be installed is refused`(systems: [String], commands: JSONObject) {
        #expect(throws: ApplicationError.self) {
            try ApplicationDraft(name: "x", systems: systems, installCommand: commands).checked()
        }
    }
}
