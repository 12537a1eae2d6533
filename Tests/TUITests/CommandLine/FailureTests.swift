import Core
import JSON
import Testing

@testable import TUI

@Suite struct FailureTests {
    @Test(
        arguments: [
            (CommandFailure.failed("x"), 1), (.usage("x"), 2), (.unreachable("x"), 3), (.notAllowed("x"), 4),
        ] as [(CommandFailure, Int32)])
    func `each failure has its exit status`(failure: CommandFailure, status: Int32) {
        #expect(failure.status == status)
        #expect(failure.message == "x")
    }

    @Test(arguments: [("FORBIDDEN", 4), ("UNAUTHENTICATED", 4), ("BAD_USER_INPUT", 1), (nil, 1)] as [(String?, Int32)])
    func `what the server refuses is not allowed, all else failed`(code: String?, status: Int32) {
        #expect(CommandFailure([OperationFailure(message: "m", code: code)]).status == status)
    }

    @Test func `without a server the message says how to start it, and where one is it does not`() {
        let missing = CommandFailure.noServer(path: "/s", reason: "r", isMissing: true, isForbidden: false)
        #expect(missing.status == 3)
        #expect(
            missing.message
                == "bayd cannot be reached at /s: r\nIs bayd running? Start it with: systemctl start bayd, or bayd serve"
        )
        let silent = CommandFailure.noServer(path: "/s", reason: "r", isMissing: false, isForbidden: false)
        #expect(silent == .unreachable("bayd cannot be reached at /s: r"))
    }

    @Test func `a socket that may not be opened is not allowed`() {
        #expect(CommandFailure.noServer(path: "/s", reason: "r", isMissing: false, isForbidden: true).status == 4)
        #expect(!Streams.isForbidden("/nowhere/at/all"))
    }

    @Test(arguments: ["/nowhere/bay.sock", "/"])
    func `where no server listens the call fails at once`(path: String) {
        let failure = #expect(throws: CommandFailure.self) { try ServerCall(path: path) }
        #expect(failure?.status == 3)
    }

    @Test func `an empty path is wrong usage rather than an endless wait`() {
        #expect(throws: CommandFailure.usage("the socket's path is empty")) { try ServerCall(path: "") }
    }

    @Test func `results of several things are told one by one, and the worst decides the status`() throws {
        var results = ItemResults(
            ["a", "b\u{1B}", "c"].map { Machine(id: Machine.ID("i-" + $0), name: $0, internalName: $0, status: .off) })
        #expect(results.status == 1)
        results.set(0, Outcome(success: true, message: "started"))
        results.set(1, Outcome(success: false, message: "is \u{9B}busy\n"))
        #expect(results.status == 1)
        results.lose(.unreachable("gone"))
        #expect(results.status == 3)
        #expect(results.lines.done == "a: started\n")
        #expect(results.lines.failed == "b·: is ·busy \nc: gone\n")
        let json = try JSONValue(parsing: results.json)
        #expect(json[0] == ["id": "i-a", "name": "a", "success": true, "message": "started"])
        #expect(json[1]?["success"]?.bool == false)
        #expect(!results.json.unicodeScalars.contains { $0.value == 0x9B || $0.value == 0x1B })
        results.set(2, .failure(.notAllowed("no")))
        #expect(results.status == 4)
    }

    @Test func `the answer to a document tells success, failure and refusal`() {
        func outcome(_ text: String) -> Result<String, CommandFailure> { Documents.outcome(Array(text.utf8)) }
        #expect(outcome(#"{"data":{"outcome":{"success":true,"message":"m"}}}"#) == .success("m"))
        #expect(outcome(#"{"data":{"outcome":{"success":false,"message":"m"}}}"#) == .failure(.failed("m")))
        #expect(
            outcome(#"{"data":null,"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}"#)
                == .failure(.notAllowed("no")))
        #expect(outcome(#"{"data":null}"#) == .failure(.failed("the server sent no data")))
        #expect(outcome("x") == .failure(.failed("the answer could not be read")))
    }

    @Test func `harm needs a yes, and where nobody can be asked the flag`() {
        #expect(Confirmation(yes: true, isTerminal: false) == .goOn)
        #expect(Confirmation(yes: false, isTerminal: true) == .ask)
        #expect(Confirmation(yes: false, isTerminal: false) == .refuse)
        #expect(["y", "YES", " yes "].allSatisfy(Confirmation.isYes))
        #expect([nil, "", "n", "yup", "no"].allSatisfy { !Confirmation.isYes($0) })
    }
}
