import Core
import Testing

@Suite struct GuestCommandTests {
    @Test func `a command line goes to the guest's own shell`() {
        #expect(
            GuestCommand.start("echo \"a\"", onWindows: false)
                == #"{"execute":"guest-exec","arguments":{"path":"/bin/sh","arg":["-c","echo \"a\""],"capture-output":true}}"#
        )
        #expect(GuestCommand.start("dir", onWindows: true).contains(#""cmd.exe","arg":["/c","dir"]"#))
        #expect(GuestCommand.isWindows(#"{"return":{"id":"mswindows"}}"#))
        #expect(!GuestCommand.isWindows(#"{"return":{"id":"debian"}}"#) && !GuestCommand.isWindows("nonsense"))
    }

    @Test func `the agent's answer is read`() {
        #expect(GuestCommand.process(#"{"return":{"pid":712}}"#) == 712)
        #expect(GuestCommand.outcome(#"{"return":{"exited":false}}"#) == nil)
        let outcome = GuestCommand.outcome(
            #"{"return":{"exited":true,"exitcode":3,"out-data":"Pz8+","err-data":"bm8K"}}"#)
        #expect(outcome == GuestCommand.Outcome(exitCode: 3, output: "??>", errors: "no\n"))
        #expect(outcome?.text == "??>\nno\n" && outcome?.message == "the command ended with code 3")
        #expect(GuestCommand.outcome(#"{"return":{"exited":true,"signal":9}}"#)?.isSuccess == false)
    }

    @Test func `what is no command is refused`() {
        #expect(GuestCommand.problem("uptime") == nil)
        for bad in ["", "  ", "a\0b", String(repeating: "x", count: 9000)] { #expect(GuestCommand.problem(bad) != nil) }
    }
}
