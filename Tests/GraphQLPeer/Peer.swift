import Foundation
import GraphQL
import JSON

/// Answers requests, one a line as JSON, with answers, one a line; a subscription with the list of its answers. With
/// `--schema` it prints the schema instead. `differ.py` puts the same requests to graphql-core.
@main
enum Peer {
    static func main() async throws {
        let schema = try Schema.build([typesPart, objectsPart, rootsPart])
        if CommandLine.arguments.contains("--schema") {
            print(schema.printed, terminator: "")
            return
        }
        var limits = Limits()
        limits.cost = .max  // Nobody else has such a limit, and the lists are short whatever a request says.
        let executor = Executor(schema: schema, limits: limits) { error in "\(error)" }
        while let line = readLine() {
            var answer = await answer(try JSONValue(parsing: line), executor)
            answer.append(0x0A)
            try FileHandle.standardOutput.write(contentsOf: answer)
        }
    }

    private static func answer(_ request: JSONValue, _ executor: Executor<Library>) async -> [UInt8] {
        let request = Request(
            request["query"]?.string ?? "", operationName: request["operationName"]?.string,
            variables: request["variables"]?.object ?? JSONObject())
        switch await executor.start(request, Library()) {
        case .answer(let bytes): return bytes
        case .refused(let error): return error.answer
        case .stream(let stream):
            var answers: [[UInt8]] = []
            do throws(RequestError) {
                for try await answer in stream { answers.append(answer) }
            } catch {
                answers.append(error.answer)
            }
            return Array("[".utf8) + answers.joined(separator: [UInt8(ascii: ",")]) + Array("]".utf8)
        }
    }
}
