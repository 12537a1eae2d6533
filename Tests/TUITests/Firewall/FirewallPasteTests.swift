import Core
import Testing

@testable import TUI

/// Rules that are pasted, and those that are taken away as text.
@Suite struct FirewallPasteTests {
    private func stage(_ text: String? = nil) -> Stage {
        var stage = Stage(columns: 100, rows: 30)
        stage.openRules()
        stage.press(.character("i"))
        if let text { stage.send(.input(.paste(text))) }
        return stage
    }

    @Test func `what was understood is shown, and sent only after a preview`() {
        var stage = stage("in accept tcp 25 name \"mail\"\rout drop udp 123\r")
        #expect(stage.screen.contains("2 rules (lines), added to the rules that are there"))
        #expect(stage.screen.contains("1: mail: in accept tcp 25"))
        stage.press(.tab)
        #expect(stage.changes.isEmpty)
        stage.answerPreview()
        stage.press(.character("a"))
        guard case .change(Stage.web, let request, nil)? = stage.firewallChanges.first else {
            Issue.record("nothing was asked for")
            return
        }
        #expect(request.creates.map(\.name) == ["mail", "out drop udp 123"] && !request.replacesAll)
    }

    @Test func `all that is wrong is told with its line, and nothing goes on`() {
        var stage = stage("in accept tcp 25\nin allow tcp 70000\nsideways accept\n")
        #expect(stage.screen.contains("line 2: Destination port start 70000 is not between 1 and 65535"))
        #expect(stage.screen.contains("line 3: \"sideways\" is not understood"))
        #expect(stage.screen.contains("line 3: it does not say in, out or both"))
        stage.press(.tab)
        #expect(stage.note?.hasPrefix("first line 2:") == true)
        #expect(!stage.asked.contains { if case .firewall(.preview) = $0.operation { true } else { false } })
    }

    @Test func `^r puts it in place of what is there, and Esc in the preview leads back to the text`() {
        var stage = stage("in accept tcp 25")
        stage.press(.control("r"), .tab)
        #expect(stage.dialog?.lines.count { $0.text.hasPrefix("goes: ") } == Stage.machineRules.count)
        #expect(stage.dialog?.isDangerous == true)
        stage.press(.escape)
        #expect(stage.screen.contains("in place of all rules"))
        stage.press(.control("u"))
        stage.type("in drop tcp 26")
        #expect(stage.screen.contains("1: in drop tcp 26: in drop tcp 26"))
        stage.press(.escape)
        #expect(stage.console.overlay == nil)
    }

    @Test func `too much is refused and said`() {
        var stage = stage("in accept tcp 25\n")
        stage.send(.input(.paste(String(repeating: "x", count: 70_000))))
        #expect(stage.screen.contains("more than 64 KB"))
        #expect(stage.screen.contains("1 rule (lines)"))
    }

    @Test func `an export is copied, saved, and read again as what it was`() throws {
        var stage = Stage(columns: 100, rows: 40)
        stage.openRules()
        for form in ["TOML", "lines", "JSON"] {
            stage.press(stage.dialog == nil ? .character("x") : .character("f"))
            #expect(stage.dialog?.title == "Rules of web-1 as \(form)")
            stage.press(.character("y"))
            guard case .copy(let text)? = stage.effects.last else {
                Issue.record("nothing was copied")
                return
            }
            let read = FirewallText(text, for: .machine)
            #expect(read.findings.isEmpty && read.rules.map(\.draft) == Stage.machineRules.map(\.draft), "\(form)")
        }
        stage.press(.character("s"))
        stage.fill("path", "/tmp/rules.json")
        stage.press(.enter)
        guard case .save(let path, _)? = stage.effects.last else {
            Issue.record("nothing was saved")
            return
        }
        #expect(path == "/tmp/rules.json")
        stage.send(.saved(path: path, problem: "File exists"))
        #expect(stage.note == "/tmp/rules.json: File exists")
    }
}
