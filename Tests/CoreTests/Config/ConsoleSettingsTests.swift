import Testing

@testable import Core

@Suite struct ConsoleSettingsTests {
    @Test func `a file says how the console starts`() throws {
        let settings = try ConsoleSettings(
            file: """
                theme = "light"
                mouse = false
                graphs = "braille"
                [machines]
                columns = ["cpu", "memory"]
                sort = "-cpu"
                filter = "state:running"
                """, named: "bay.toml")
        #expect(settings.theme == "light" && !settings.mouse && !settings.ascii && settings.graphs == .braille)
        #expect(settings.columns == ["cpu", "memory"] && settings.sort == "-cpu")
        #expect(settings.filter == "state:running")
        #expect(try ConsoleSettings(file: "", named: "x") == ConsoleSettings())
        let empty = "[machines]\ncolumns = []\nsort = []"
        #expect(try ConsoleSettings(file: empty, named: "x") == ConsoleSettings())
    }

    @Test func `everything that is wrong is told with its line`() {
        let text = """
            theme = 3
            mose = true
            [machines]
            columns = ["cpu", "colour"]
            sort = "up"
            """
        do throws(ConfigError) {
            _ = try ConsoleSettings(file: text, named: "bay.toml")
            Issue.record("nothing was found wrong")
        } catch {
            let messages = error.findings.map(\.message).joined(separator: "\n")
            #expect(messages.contains("bay.toml:1: theme"))
            #expect(messages.contains("bay.toml:2: mose") && messages.contains("\"mouse\" meant"))
            #expect(messages.contains("bay.toml:4: machines.columns: \"colour\""))
            #expect(messages.contains("bay.toml:5: machines.sort"))
        }
    }

    @Test func `the file is the one that is named, else the user's own`() {
        func file(_ variables: [String: String]) -> String? { ConsoleSettings.file { variables[$0] }?.path }
        #expect(file(["BAY_CONSOLE_CONFIG": "/x", "HOME": "/h"]) == "/x")
        #expect(file(["XDG_CONFIG_HOME": "/c", "HOME": "/h"]) == "/c/bay/bay.toml")
        #expect(file(["HOME": "/h"]) == "/h/.config/bay/bay.toml")
        #expect(file([:]) == nil)
    }
}
