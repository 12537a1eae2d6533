import Foundation
import Testing

/// The console on a real terminal against a real bayd with a made-up fleet.
@Suite(.serialized) struct ConsoleTests {
    private static let patience = Duration.seconds(120)

    /// A shell that runs the console and, when it is left, says how the terminal is.
    private static let shell = ["sh", "-c", "\"$0\"; echo \"left with $?\"; stty -a; read -r rest", Built.bay]

    private func withConsole(
        columns: Int = 100, rows: Int = 30, _ body: (TmuxSession, BaydProcess, Program) async throws -> Void
    ) async throws {
        let bayd = try BaydProcess(["serve", "--demo=30"])
        let program = try await bayd.start()
        do {
            try await TmuxSession.run(Self.shell, columns: columns, rows: rows, environment: bayd.bay) { screen in
                try await screen.waitUntil("the list of machines", within: Self.patience) {
                    $0.contains("All machines · 30") && $0.contains("● libvirt")
                }
                try await body(screen, bayd, program)
            }
        } catch {
            program.send(SIGKILL)
            _ = try? await program.waitForExit()
            throw error
        }
        program.send(SIGTERM)
        _ = try await program.waitForExit()
    }

    /// The name in the row under the cursor.
    private func selected(_ screen: String) -> String? {
        for line in screen.split(separator: "\n") {
            guard let mark = line.range(of: "▶ ", options: .backwards) else { continue }
            return line[mark.upperBound...].split(separator: " ").first.map(String.init)
        }
        return nil
    }

    private func row(_ screen: String) -> String {
        screen.split(separator: "\n").first { $0.contains("▶ ") }.map(String.init) ?? ""
    }

    private func filter(_ screen: TmuxSession, _ text: String) async throws {
        try await screen.send("/")
        try await screen.wait(for: "Enter keep", within: Self.patience)
        // What was typed before stands in the field.
        try await screen.send("C-u")
        try await screen.type(text)
        try await screen.send("Enter")
        try await screen.wait(for: "filter \(text)", within: Self.patience)
    }

    private func expectRestored(_ screen: TmuxSession) async throws {
        // As `stty` says it after a program that left the terminal as it found it.
        let text = try await screen.waitUntil("the shell", within: Self.patience) {
            $0.contains("left with") && $0.contains("icanon")
        }
        #expect(!text.contains("-icanon") && !text.contains("-echo "))
        #expect(try await screen.variable("alternate_on") == "0")
        #expect(try await screen.variable("cursor_flag") == "1")
        #expect(try await screen.variable("mouse_any_flag") == "0")
    }

    @Test func `machines are listed, filtered, started, watched and snapshotted, and the screen comes back`()
        async throws
    {
        try await withConsole { screen, _, _ in
            try await filter(screen, "state:off")
            let list = try await screen.waitUntil("a machine that is off", within: Self.patience) {
                row($0).contains("○ off")
            }
            let name = try #require(selected(list))
            try await filter(screen, "name:\(name)")
            try await screen.waitUntil("\(name) under the cursor", within: Self.patience) { selected($0) == name }
            try await screen.send("s")
            try await screen.waitUntil("\(name) running", within: Self.patience) { row($0).contains("● running") }

            try await screen.send("Enter")
            let before = try await screen.waitUntil("the machine", within: Self.patience) {
                $0.contains("Snapshots") && $0.contains("┌ \(name) ")
            }
            func graph(_ text: String) -> [Substring] { text.split(separator: "\n").filter { $0.contains("CPU ") } }
            try await screen.waitUntil("figures that move", within: Self.patience) {
                !graph($0).isEmpty && graph($0) != graph(before)
            }

            try await screen.send("c")
            try await screen.wait(for: "Take a snapshot of", within: Self.patience)
            try await screen.send("C-u")
            try await screen.type("first-one")
            try await screen.send("Enter")
            try await screen.waitUntil("the snapshot in the tree", within: Self.patience) {
                $0.contains("┃ first-one") && !$0.contains("Take a snapshot of")
            }

            for (columns, rows) in [(60, 15), (30, 6), (160, 45)] {
                try await screen.resize(columns: columns, rows: rows)
                let shown = columns < 40 ? "terminal too small" : "┃ first-one"
                try await screen.wait(for: shown, within: Self.patience)
            }
            try await screen.send("q")
            try await screen.wait(for: "left with 0", within: Self.patience)
            try await expectRestored(screen)
        }
    }

    @Test func `bayd is killed under the console, and all comes back by itself`() async throws {
        try await withConsole { screen, bayd, program in
            program.send(SIGKILL)
            _ = try await program.waitForExit()
            let gone = try await screen.wait(for: "bayd cannot be reached", within: Self.patience)
            #expect(gone.contains("All machines · 30"))
            try await screen.send("s")
            // At the top it stands all the time; at the bottom it is the reason why nothing starts.
            try await screen.waitUntil("the reason", within: Self.patience) {
                $0.split(separator: "\n").suffix(3).contains { $0.contains("bayd cannot be reached") }
            }
            let second = try await bayd.start()
            do {
                try await screen.waitUntil("the lights", within: Self.patience) {
                    !$0.contains("bayd cannot be reached") && $0.contains("● libvirt") && $0.contains("● database")
                }
                try await screen.waitUntil("the list", within: Self.patience) { $0.contains("All machines · 30") }
                try await screen.send("q")
                try await screen.wait(for: "left with 0", within: Self.patience)
            } catch {
                second.send(SIGKILL)
                _ = try? await second.waitForExit()
                throw error
            }
            try await bayd.stop(second)
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP])
    func `a console that is killed leaves the terminal usable`(signal: Int32) async throws {
        try await withConsole { screen, _, _ in
            let shell = try await screen.processID()
            let children = try String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
            let console = try #require(children.split(separator: " ").first.flatMap { pid_t($0) })
            kill(console, signal)
            try await expectRestored(screen)
        }
    }

    @Test func `pasted rubbish does nothing`() async throws {
        try await withConsole { screen, _, _ in
            let rubbish = Array("qK\ny\n:quit\n\u{1B}[A\u{1B}]0;x\u{7}\u{0}d".utf8)
            try await screen.send(bytes: Array("\u{1B}[200~".utf8) + rubbish + Array("\u{1B}[201~".utf8))
            try await screen.wait(for: "pasted text was ignored", within: Self.patience)
            try await screen.send("?")
            try await screen.wait(for: "Help", within: Self.patience)
            try await screen.send("Escape")
            try await screen.wait(for: "All machines · 30", within: Self.patience)
            try await screen.send("q")
            try await screen.wait(for: "left with 0", within: Self.patience)
        }
    }
}
