import ArgumentParser
import Core
import JSON
import TUI

struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Run a GraphQL document and print its result as JSON.",
        discussion: "A subscription prints a line for each result until it ends.")

    @Argument(help: "A file with the document; - or nothing reads standard input.", completion: .file())
    var file = "-"
    @Option(help: "The document's variables, as a JSON object.") var variables: String?
    @Option(name: .customLong("operation"), help: "Which operation of the document to run.") var operationName: String?
    @OptionGroup var connection: Connection

    func run() throws {
        let bytes: [UInt8]
        switch System.read(file) {
        case .success(let read): bytes = read
        case .failure(let problem): throw CallError.usage("\(file): \(problem.message)")
        }
        var request = OperationRequest(
            query: String(decoding: bytes, as: UTF8.self), variables: try object(variables),
            operationName: operationName)
        if request.query.allSatisfy(\.isWhitespace) { throw CallError.usage("the document is empty") }
        request.operationName = operationName
        let call = try connection.call()
        var status: Int32 = 0
        try call.follow([.document(request)]) { _, reply in
            guard case .document(let payload) = reply else { return true }
            Print.data(SafeJSON.escaped(payload) + [0x0A])
            if let errors = (try? JSONValue(parsing: payload))?["errors"]?.array, !errors.isEmpty {
                let codes = errors.map { $0["extensions"]?["code"]?.string }
                status = codes.contains { OperationFailure(message: "", code: $0).isForbidden } ? 4 : 1
            }
            return true
        }
        if status != 0 { throw ExitCode(status) }
    }

    private func object(_ text: String?) throws -> JSONObject {
        guard let text else { return JSONObject() }
        do throws(JSONError) {
            guard case .object(let object) = try JSONValue(parsing: text) else {
                throw JSONError(problem: .expected("an object"), offset: 0)
            }
            return object
        } catch {
            throw CallError.usage("--variables: \(error.message)")
        }
    }
}
