import Core
import Testing

@testable import TUI

/// What is said where there is nothing to show.
@Suite struct WordsTests {
    @Test func `who has no machine is told who gives one`() {
        #expect(Stage(machines: [], role: .user).screen.contains("No machine is yours. An administrator gives you one"))
        #expect(Stage(machines: []).screen.contains("No machines. Define one"))
    }

    @Test func `a list that nobody has told says so while the server is gone`() {
        var stage = Stage()
        stage.press(.character("6"))
        #expect(stage.screen.contains("Asking …"))
        stage.disconnect()
        #expect(stage.screen.contains("Not known while bayd cannot be reached."))
    }

    @Test func `a reason has the room that a short title leaves`() {
        var stage = Stage(columns: 80, rows: 24, role: .user)
        stage.press(.character(":"))
        #expect(stage.screen.contains("needs the role ADMIN, yours is USER"))
    }
}
