import Core
import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import Libvirt

@Suite struct BlockingThreadsTests {
    @Test func `a call that hangs is given up, keeps its thread, and gives it back`() async throws {
        let threads = BlockingThreads(limit: 1)
        let gate = DispatchSemaphore(value: 0)
        let ran = Flag()
        let hung = await #expect(throws: LibvirtError.self) {
            try await threads.run("hang", within: .milliseconds(20)) { gate.wait() }
        }
        #expect(hung?.isTimedOut == true)
        #expect(hung?.call == "hang")
        #expect(threads.load == 1)

        // The only thread is taken, so this one is given up before it begins, and then must not begin.
        let waiting = await #expect(throws: LibvirtError.self) {
            try await threads.run("wait", within: .milliseconds(20)) { ran.state.withLock { $0 = true } }
        }
        #expect(waiting?.isTimedOut == true)
        gate.signal()
        #expect(try await threads.run("next", within: .seconds(60)) { 7 } == 7)
        #expect(!ran.state.withLock { $0 })
        #expect(threads.load == 0)
    }

    @Test func `no more calls run at once than there are threads`() async throws {
        let threads = BlockingThreads(limit: 3)
        let counts = Counts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await threads.run("count", within: .seconds(60)) {
                        counts.state.withLock {
                            $0.now += 1
                            $0.most = max($0.most, $0.now)
                        }
                        counts.state.withLock { $0.now -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(counts.state.withLock { $0.most } <= 3)
        #expect(threads.load == 0)
    }

    @Test func `too many calls are refused at once`() async throws {
        let threads = BlockingThreads(limit: 1)
        let gate = DispatchSemaphore(value: 0)
        let begun = Flag()
        threads.submit {
            begun.state.withLock { $0 = true }
            gate.wait()
        }
        // Until the thread has its call, it could still take one of those that wait and make room.
        try await eventually("the thread is taken") { begun.state.withLock { $0 } }
        while threads.submit({ gate.wait() }) {}
        let refused = await #expect(throws: LibvirtError.self) {
            try await threads.run("one more", within: .seconds(60)) {}
        }
        #expect(refused?.code == LibvirtError.Code.tooBusy)
        for _ in 0...BlockingThreads.Limit.waiting { gate.signal() }
        try await eventually("all calls are done") { threads.load == 0 }
    }

    @Test func `a cancelled caller waits no longer`() async throws {
        let threads = BlockingThreads(limit: 1)
        let gate = DispatchSemaphore(value: 0)
        let caller = Task { try await threads.run("hang", within: .seconds(600)) { gate.wait() } }
        caller.cancel()
        await #expect(throws: LibvirtError.self) { try await caller.value }
        gate.signal()
    }
}

private final class Counts: Sendable {
    let state = Mutex((now: 0, most: 0))
}

private final class Flag: Sendable {
    let state = Mutex(false)
}
