import Core

/// Who holds which machine: one operation at a time on a machine. Part of the state of `MachineService`.
struct MachineClaims {
    /// Proof of a claim, to give it back with.
    struct Claim: Equatable, Sendable {
        fileprivate var machine: Machine.ID
        fileprivate var number: Int
    }

    private struct Holder {
        var number: Int
        var what: String
        /// The guest was asked to stop and is waited for: a force-off may cut that short, nothing else may.
        var waitsForGuest = false
    }

    private var holders: [Machine.ID: Holder] = [:]
    private var last = 0

    /// Takes the machine, or says what holds it.
    mutating func claim(_ machine: Machine.ID, for what: String, cutsWaitShort: Bool = false) -> Result<Claim, Busy> {
        if let holder = holders[machine], !(holder.waitsForGuest && cutsWaitShort) {
            return .failure(Busy(with: holder.what))
        }
        last += 1
        holders[machine] = Holder(number: last, what: what)
        return .success(Claim(machine: machine, number: last))
    }

    struct Busy: Error, Equatable {
        var with: String
    }

    /// Says that only the guest is waited for from now on.
    mutating func waitsForGuest(_ claim: Claim) {
        guard isHeld(claim) else { return }
        holders[claim.machine]?.waitsForGuest = true
    }

    func isClaimed(_ machine: Machine.ID) -> Bool { holders[machine] != nil }

    /// False after a force-off has taken the machine over.
    func isHeld(_ claim: Claim) -> Bool { holders[claim.machine]?.number == claim.number }

    mutating func release(_ claim: Claim) {
        if isHeld(claim) { holders.removeValue(forKey: claim.machine) }
    }
}
