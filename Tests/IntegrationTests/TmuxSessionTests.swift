import Foundation
import Testing

@Suite struct TmuxSessionTests {
    private func shell(_ script: String) -> [String] { ["sh", "-c", script] }

    @Test func `keys reach the program and its screen comes back`() async throws {
        try await TmuxSession.run(shell("echo ready; read -r word; echo \"<$word>\"; read -r rest")) { screen in
            try await screen.wait(for: "ready")
            try await screen.type("one two")
            try await screen.send("Enter")
            let shown = try await screen.wait(for: "<one two>")
            #expect(shown.contains("ready"))
        }
    }

    @Test func `the screen has the size that was asked for and can be resized`() async throws {
        let script = "trap 'stty size' WINCH; stty size; while :; do read -r line || :; done"
        try await TmuxSession.run(shell(script), columns: 60, rows: 15) { screen in
            try await screen.wait(for: "15 60")
            try await screen.resize(columns: 100, rows: 30)
            // dash runs the trap when the read ends.
            try await screen.send("Enter")
            try await screen.wait(for: "30 100")
        }
    }

    @Test func `the exit status and the last screen outlive the program`() async throws {
        try await TmuxSession.run(shell("echo the end; read -r go; exit 7")) { screen in
            try await screen.wait(for: "the end")
            try await screen.send("Enter")
            let status = try await screen.waitForExit()
            #expect(status == 7)
            let last = try await screen.text()
            #expect(last.contains("the end"))
        }
    }

    @Test func `a program that a signal ended says which`() async throws {
        try await TmuxSession.run(shell("echo up; exec sleep 600")) { screen in
            try await screen.wait(for: "up")
            let running = try await screen.exitStatus()
            #expect(running == nil)
            kill(try await screen.processID(), SIGTERM)
            let ended = try await screen.waitForExit()
            #expect(ended == 128 + SIGTERM)
        }
    }

    @Test func `what is set beside the environment arrives, wide characters too`() async throws {
        try await TmuxSession.run(
            shell("printf '%s|%s\\n' \"$GREETING\" \"$TERM\"; read -r rest"), environment: ["GREETING": "┌ häß 日本 ⣿ ┐"]
        ) { screen in
            try await screen.wait(for: "┌ häß 日本 ⣿ ┐|tmux-256color")
        }
    }

    @Test func `waiting in vain tells what was on the screen instead`() async throws {
        try await TmuxSession.run(shell("echo something else; read -r rest")) { screen in
            try await screen.wait(for: "something else")
            let failure = await #expect(throws: TmuxSession.Failure.self) {
                try await screen.wait(for: "never", within: .milliseconds(50))
            }
            #expect(failure?.description.contains("something else") == true)
        }
    }

    @Test func `the server of a session is gone when the session is`() async throws {
        let program = try await TmuxSession.run(shell("echo up; exec sleep 600")) { screen in
            try await screen.wait(for: "up")
            return try await screen.processID()
        }
        // The kernel may need a moment to take the program away.
        let end = ContinuousClock.now + .seconds(30)
        while Program.isAlive(program), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
        #expect(!Program.isAlive(program))
    }
}
