import Core
import GraphQL
import JSON
import Server
import Synchronization

/// Answers what begins with `known` at once, `echo` with the query, `count` with numbers for ever, `hold` when it is released, and `wait` never.
final class FakeRunner: OperationRunner {
    let started = Atomic(0)
    private let gate = AsyncStream<Void>.makeStream()

    /// Lets what is held go on.
    func release() { gate.continuation.finish() }

    let cancelled = Mutex(0)
    let sent = Mutex(0)

    func run(
        _ request: OperationRequest, for caller: Caller?, from address: String?,
        send: @Sendable @escaping ([UInt8]) async throws -> Void
    ) async -> OperationEnd {
        started.add(1, ordering: .relaxed)
        if request.query == "hold" { for await _ in gate.stream {} }
        switch request.query {
        case "count":
            let filler = String(repeating: "x", count: 10_000)
            var number = 0
            do {
                while true {
                    number += 1
                    try await send(Array(#"{"data":{"n":\#(number),"x":"\#(filler)"}}"#.utf8))
                    sent.withLock { $0 += 1 }
                }
            } catch {
                cancelled.withLock { $0 += 1 }
            }
        case "wait":
            await withTaskCancellationHandler {
                let (stream, continuation) = AsyncStream<Void>.makeStream()
                for await _ in stream {}
                _ = continuation
            } onCancel: {
                cancelled.withLock { $0 += 1 }
            }
        default:
            let answer = JSONValue.object([
                "data": ["query": .string(request.query), "caller": .string(caller?.name ?? "nobody")]
            ])
            try? await send(Array(answer.text.utf8))
        }
        return request.query == "refuse" ? .refused(errors: Array(#"[{"message":"no"}]"#.utf8)) : .complete
    }

    func begin(
        _ request: OperationRequest, for caller: Caller?, from address: String?, queriesOnly: Bool
    ) -> Eventual<OperationAnswer> {
        guard request.query.hasPrefix("known") else {
            return .later { await self.answer(request, for: caller, from: address, queriesOnly: queriesOnly) }
        }
        // More than what the kernel keeps for a client that does not read.
        let length = request.query == "known long" ? 24 << 20 : 0
        return .now(
            .executed(Array(#"{"data":{"query":"\#(request.query)\#(String(repeating: "x", count: length))"}}"#.utf8)))
    }

    func answer(
        _ request: OperationRequest, for caller: Caller?, from address: String?, queriesOnly: Bool
    ) async -> OperationAnswer {
        switch request.query {
        case "refuse": return .refused(Array(#"{"errors":[{"message":"no"}]}"#.utf8))
        case "mutation" where queriesOnly: return .wrongKind("mutation")
        case "subscription": return .wrongKind("subscription")
        default:
            let answers = Mutex<[[UInt8]]>([])
            _ = await run(request, for: caller) { bytes in answers.withLock { $0.append(bytes) } }
            return .executed(answers.withLock { $0.first ?? Array(#"{"data":null}"#.utf8) })
        }
    }
}
