/// A value and when it was measured, in nanoseconds of a clock that only goes forward.
package struct Measured<Value: Equatable & Sendable>: Equatable, Sendable {
    package var value: Value
    package var at: Int64

    package init(_ value: Value, at: Int64) {
        self.value = value
        self.at = at
    }
}

/// What the host counts for one domain, as libvirt's bulk stats give it: totals since the domain was started.
///
/// A group is nil when it was not asked for, when the driver does not have it, or when the domain was busy.
package struct RawCounters: Equatable, Sendable {
    /// One disk or network interface.
    package struct Device: Equatable, Sendable {
        package var name: String
        /// Bytes read, or received.
        package var bytesIn: UInt64
        /// Bytes written, or sent.
        package var bytesOut: UInt64

        package init(name: String, bytesIn: UInt64, bytesOut: UInt64) {
            self.name = name
            self.bytesIn = bytesIn
            self.bytesOut = bytesOut
        }
    }

    package struct VCPU: Equatable, Sendable {
        package var number: Int
        /// Nanoseconds spent waiting for a CPU of the host.
        package var wait: UInt64

        package init(number: Int, wait: UInt64) {
            self.number = number
            self.wait = wait
        }
    }

    package struct VCPUs: Equatable, Sendable {
        package var current: Int
        package var each: [VCPU]

        package init(current: Int, each: [VCPU] = []) {
            self.current = current
            self.each = each
        }
    }

    /// In KiB, as libvirt counts.
    package struct Memory: Equatable, Sendable {
        /// What the balloon leaves to the guest now, and the most it could.
        package var current: UInt64?
        package var maximum: UInt64?
        /// What the guest says: all it has, what it could use without swapping, what nothing uses.
        package var available: UInt64?
        package var usable: UInt64?
        package var unused: UInt64?
        /// Seconds since the guest said so; nil when it never did.
        package var guestAge: Int64?
        /// What QEMU's process takes of the host.
        package var rss: UInt64?

        package init() {}
    }

    /// Libvirt's number of this run: the totals start again from nothing when it changes.
    package var runID: Int?
    package var state: DomainState?
    /// Nanoseconds of CPU.
    package var cpu: Measured<UInt64>?
    package var vcpus: Measured<VCPUs>?
    package var networks: Measured<[Device]>?
    package var disks: Measured<[Device]>?
    package var memory: Measured<Memory>?
    /// Another call held the domain, so what its own process would have told is missing.
    package var isBusy = false

    package init() {}
}
