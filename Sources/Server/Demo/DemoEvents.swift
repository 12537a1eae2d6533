import Core

/// Which machine does what next, to put a server under load: a fixed sequence for a fleet and a seed.
///
/// Every step is possible in the state that the steps before it left, so no step is refused.
package struct DemoEvents: Sequence, IteratorProtocol, Sendable {
    package struct Step: Equatable, Sendable {
        /// The domain's UUID.
        package var domain: String
        package var action: Action
    }

    package enum Action: Equatable, Sendable { case start, destroy, suspend, resume }

    private var domains: [String]
    private var states: [DomainState]
    private var random: SeededGenerator

    /// - Parameters:
    ///   - lane: which of `lanes` shares of the fleet this sequence is about; several can run side by side.
    package init(_ fleet: DemoFleet, seed: UInt64 = 2, lane: Int = 0, of lanes: Int = 1) {
        let share = stride(from: lane, to: fleet.machines.count, by: lanes).map { fleet.machines[$0] }
        domains = share.map(\.uuid)
        states = share.map(\.state)
        random = SeededGenerator(seed: seed + UInt64(lane))
    }

    package mutating func next() -> Step? {
        guard !domains.isEmpty else { return nil }
        let index = Int.random(in: domains.indices, using: &random)
        let action: Action
        switch states[index] {
        case .running:
            (action, states[index]) = Bool.random(using: &random) ? (.suspend, .paused) : (.destroy, .shutOff)
        // Half of the fleet would end up shut off if a suspended machine could only be destroyed.
        case .paused: (action, states[index]) = (.resume, .running)
        default: (action, states[index]) = (.start, .running)
        }
        return Step(domain: domains[index], action: action)
    }
}
