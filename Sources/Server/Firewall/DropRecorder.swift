package import Core
package import Logging
import Postgres
import Synchronization

/// Records what rules keep out, where the host tells of it and somebody wants it.
///
/// libvirt's filters cannot log, so before each rule that drops stands one of Bay's own, which libvirt throws away whenever it
/// makes its rules anew: it is put back a moment later. Of many packets few rows are made: `DropLedger`.
package final class DropRecorder: Sendable {
    /// How soon it is seen that libvirt made rules of which nobody told.
    static let longestPause = Duration.seconds(30)
    static let retryPause = Duration.seconds(10)
    /// What comes within this time is written together.
    static let writePause = Duration.seconds(1)

    private struct State {
        var log: DropLogState
        var ledger = DropLedger()
        var machines: [String: Machine.ID] = [:]
    }

    private let settings: DropLogSettings
    private let hypervisor: any HypervisorPort
    private let clock: any WallClock
    private let newID: @Sendable () -> String
    private let log: Logger
    package let store: BlockedConnectionStore
    private let state: Mutex<State>
    /// Rings when libvirt may have made rules.
    private let rules = Bell()
    /// Rings when packets were dropped.
    private let heard = Bell()

    package init(
        _ settings: DropLogSettings, store: BlockedConnectionStore, hypervisor: any HypervisorPort,
        clock: any WallClock, newID: @escaping @Sendable () -> String, log: Logger
    ) {
        self.settings = settings
        self.store = store
        self.hypervisor = hypervisor
        self.clock = clock
        self.newID = newID
        self.log = log
        let reason =
            settings.isOn
            ? "bayd has only begun" : "it is switched off: set log_drops = true under [firewall] in bay.toml"
        state = Mutex(State(log: DropLogState(reason: reason)))
    }

    package var current: DropLogState {
        state.withLock { state in
            var log = state.log
            log.suppressed = state.ledger.suppressed
            return log
        }
    }

    /// libvirt may have made rules for a machine.
    func rulesChanged() { if settings.isOn { rules.ring() } }

    /// Records until the task is cancelled; where it is switched off, removes what was left of when it was on.
    package func run() async {
        guard settings.isOn else { return await removeLeftovers() }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.followMachines() }
            group.addTask { await self.write() }
            group.addTask { await self.record() }
        }
    }

    private func removeLeftovers() async {
        for await link in hypervisor.links() where link.state == .up {
            // Where it cannot be done, nothing was put there either.
            _ = try? await hypervisor.tellDrops(false, to: settings.group)
            return
        }
    }

    // MARK: Hearing

    private func record() async {
        while !Task.isCancelled {
            do throws(LibvirtError) {
                let drops = try await hypervisor.drops(in: settings.group)
                note(reason: nil)
                log.info("what rules keep out is recorded", metadata: ["group": "\(settings.group)"])
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await self.hear(drops) }
                    group.addTask { await self.keepRules() }
                    // The stream ends when the kernel tells no more; rules for nobody are not kept up.
                    _ = await group.next()
                    group.cancelAll()
                }
                note(reason: "the kernel has stopped telling")
            } catch { note(reason: error.description) }
            try? await Task.sleep(for: Self.retryPause)
        }
    }

    private func note(reason: String?) {
        let isNews = state.withLock { state in
            defer { state.log.reason = reason }
            return state.log.reason != reason
        }
        if isNews, let reason, !Task.isCancelled {
            log.warning("what rules keep out is not recorded", metadata: ["reason": "\(reason)"])
        }
    }

    private func hear(_ drops: AsyncStream<DropBatch>) async {
        for await batch in drops {
            let now = clock.now
            state.withLock { state in
                state.log.lost += batch.lost
                for notice in batch.notices {
                    // Another bayd's machine, or one that is gone.
                    guard let machine = state.machines[notice.place.interface] else { continue }
                    state.ledger.note(BlockedConnection(notice, of: machine, id: newID(), at: now))
                }
            }
            heard.ring()
        }
    }

    // MARK: Rules that tell

    private func followMachines() async {
        for await news in hypervisor.news() {
            switch news {
            case .event(let event) where event.kind == .started: rules.ring()
            case .resync: rules.ring()
            case .event: break
            }
        }
    }

    private func keepRules() async {
        while !Task.isCancelled {
            let rings = rules.rings
            do {
                let filters = try await hypervisor.tellDrops(true, to: settings.group)
                let machines = try await store.machines()
                state.withLock { $0.machines = filters.compactMapValues { machines[$0] } }
                note(reason: nil)
            } catch let error as LibvirtError {
                // Without libvirt machines go on, and so do the rules that are there.
                if !error.isConnectionLost, hypervisor.link.state == .up { note(reason: error.description) }
            } catch {
                log.debug("machines cannot be read now", metadata: ["reason": "\(error)"])
            }
            await rules.wait(beyond: rings, for: Self.longestPause)
        }
    }

    // MARK: Writing

    private func write() async {
        while !Task.isCancelled {
            let rings = heard.rings
            let rows = state.withLock { $0.ledger.take() }
            do { try await store.write(rows) } catch {
                if Task.isCancelled { return }
                state.withLock { $0.log.lost += rows.count }
                log.warning("what rules kept out cannot be written", metadata: ["reason": "\(error)"])
            }
            await heard.wait(beyond: rings)
            try? await Task.sleep(for: Self.writePause)
        }
    }
}
