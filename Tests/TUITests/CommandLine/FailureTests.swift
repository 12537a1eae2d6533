import Core
import JSON
import Testing

@testable import TUI

@Suite struct FailureTests {
    @Test(
        arguments: [
            (CallError.failed([OperationFailure(message: "x")]), 1), (.notFound("x"), 1), (.usage("x"), 2),
            (.unreachable(path: "/s", reason: "r", isMissing: true), 3), (.lost(reason: "r"), 3),
            (.closedToUser(path: "/s"), 4),
            (.failed([OperationFailure(message: "x", code: "FORBIDDEN")]), 4),
            (.failed([OperationFailure(message: "x", code: "UNAUTHENTICATED")]), 4),
            (.failed([OperationFailure(message: "x", code: "BAD_USER_INPUT")]), 1),
        ] as [(CallError, Int32)])
    func `each failure has its exit status`(failure: CallError, status: Int32) {
        #expect(failure.exitStatus == status)
    }

    @Test func `without a server the message says how to start it, and where one is it does not`() {
        #expect(
            CallError.unreachable(path: "/s", reason: "r", isMissing: true).message
                == "bayd cannot be reached at /s: r (start it with: systemctl start bayd, or bayd serve)")
        #expect(
            CallError.unreachable(path: "/s", reason: "r", isMissing: false).message
                == "bayd cannot be reached at /s: r")
    }

    @Test func `a socket that is not there is not a forbidden one`() {
        #expect(!Streams.isForbidden("/nowhere/at/all"))
    }

    @Test(arguments: ["/nowhere/bay.sock", "/"])
    func `where no server listens the call fails at once`(path: String) {
        let failure = #expect(throws: CallError.self) { try ServerCall(path: path, token: nil) }
        #expect(failure?.exitStatus == 3)
    }

    @Test func `an empty path is wrong usage rather than an endless wait`() {
        #expect(throws: CallError.usage("the socket's path is empty")) { try ServerCall(path: "", token: nil) }
    }

    @Test func `results of several things are told one by one, and the worst decides the status`() throws {
        var results = ItemResults()
        for name in ["a", "b\u{1B}", "c"] { _ = results.add(name, id: "i-" + name) }
        results.set(results.add("d", id: nil), .failure(.notFound("there is no d")))
        #expect(results.status == 1)
        results.set(0, .success(.outcome(Outcome(success: true, message: "started"))), done: "")
        results.set(1, .success(.outcome(Outcome(success: false, message: "is \u{9B}busy\n"))), done: "")
        let department = Department(id: Department.ID("x"), name: "x")
        results.set(2, .success(.changedDepartment(department)), done: "moved")
        #expect(results.status == 1)
        #expect(results.lines.done == "a: started\nc: moved\n")
        #expect(results.lines.failed == "bay: b·: is ·busy \nbay: d: there is no d\n")
        let json = try JSONValue(parsing: results.json)
        #expect(json[0] == ["id": "i-a", "name": "a", "success": true, "message": "started"])
        #expect(json[1]?["success"]?.bool == false)
        #expect(json[3]?["id"]?.isNull == true)
        #expect(!results.json.unicodeScalars.contains { $0.value == 0x9B || $0.value == 0x1B })
        results.set(2, .failure(.lost(reason: "gone")))
        #expect(results.status == 3)
        let refusal = #"{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}"#
        results.set(2, .success(.document(Array(refusal.utf8))), done: "")
        #expect(results.status == 4)
    }

    @Test func `the answer to a document tells success, failure and refusal`() {
        func outcome(_ text: String) -> Result<String, CallError> { Documents.outcome(Array(text.utf8)) }
        #expect(outcome(#"{"data":{"outcome":{"success":true,"message":"m"}}}"#) == .success("m"))
        #expect(
            outcome(#"{"data":{"outcome":{"success":false,"message":"m"}}}"#)
                == .failure(.failed([OperationFailure(message: "m")])))
        #expect(
            outcome(#"{"data":null,"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}"#)
                == .failure(.failed([OperationFailure(message: "no", code: "FORBIDDEN")])))
        #expect(outcome(#"{"data":null}"#) == .failure(.failed([OperationFailure(message: "the server sent no data")])))
        #expect(outcome("x") == .failure(.failed([OperationFailure(message: "the answer could not be read")])))
    }

    @Test func `harm needs a yes, and where nobody can be asked the flag`() {
        #expect(Confirmation(yes: true, isTerminal: false) == .goOn)
        #expect(Confirmation(yes: false, isTerminal: true) == .ask)
        #expect(Confirmation(yes: false, isTerminal: false) == .refuse)
        #expect(["y", "YES", " yes "].allSatisfy(Confirmation.isYes))
        #expect([nil, "", "n", "yup", "no"].allSatisfy { !Confirmation.isYes($0) })
    }
}
