import CLibvirt
package import Core

extension Hypervisor {
    package func start(_ key: DomainKey) async throws(LibvirtError) {
        try await actOnFilters("virDomainCreate", within: Limit.start) { connection throws(LibvirtError) in
            let domain = try Domain.find(key, on: connection)
            try unsafe check(virDomainCreate(domain.pointer), "virDomainCreate")
        }
    }

    package func shutdown(_ key: DomainKey, way: ShutdownWay) async throws(LibvirtError) {
        let flags =
            switch way {
            case .any: VIR_DOMAIN_SHUTDOWN_DEFAULT.rawValue
            case .powerButton: VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN.rawValue
            case .agent: VIR_DOMAIN_SHUTDOWN_GUEST_AGENT.rawValue
            }
        try await act("virDomainShutdownFlags", key) { unsafe virDomainShutdownFlags($0.pointer, flags) }
    }

    package func destroy(_ key: DomainKey) async throws(LibvirtError) {
        try await act("virDomainDestroy", key) { unsafe virDomainDestroy($0.pointer) }
    }

    package func reboot(_ key: DomainKey) async throws(LibvirtError) {
        try await act("virDomainReboot", key) { unsafe virDomainReboot($0.pointer, 0) }
    }

    package func reset(_ key: DomainKey) async throws(LibvirtError) {
        try await act("virDomainReset", key) { unsafe virDomainReset($0.pointer, 0) }
    }

    package func suspend(_ key: DomainKey) async throws(LibvirtError) {
        try await act("virDomainSuspend", key) { unsafe virDomainSuspend($0.pointer) }
    }

    package func resume(_ key: DomainKey) async throws(LibvirtError) {
        try await act("virDomainResume", key) { unsafe virDomainResume($0.pointer) }
    }

    /// Finds a domain and calls one function on it.
    private func act(
        _ name: String, _ key: DomainKey, within limit: Duration = Limit.action,
        _ body: @escaping @Sendable (Domain) -> Int32
    ) async throws(LibvirtError) {
        try await act(name, within: limit) { connection throws(LibvirtError) in
            let domain = try Domain.find(key, on: connection)
            try check(body(domain), name)
        }
    }

    @discardableResult
    package func wait(
        for key: DomainKey, toBe states: Set<DomainState>, within limit: Duration
    ) async throws(LibvirtError) -> DomainState {
        // The order matters: whatever happens after this line is heard of, and what happened before is asked for.
        let news = news()
        let result = await withTaskGroup(of: Result<DomainState, LibvirtError>?.self) { group in
            group.addTask { await self.reach(states, key, news) }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        if let result { return try result.get() }
        let words = states.map(\.rawValue).sorted().joined(separator: " or ")
        throw LibvirtError(
            code: LibvirtError.Code.deadline,
            message: "the machine did not become \(words) within \(limit.components.seconds) s",
            call: "virDomainGetState")
    }

    /// Asks for the state at first and after each event of the domain.
    private func reach(
        _ states: Set<DomainState>, _ key: DomainKey, _ news: AsyncStream<HypervisorNews>
    ) async -> Result<DomainState, LibvirtError>? {
        if let done = await arrived(states, key) { return done }
        for await item in news {
            if case .event(let event) = item, key != .uuid(event.uuid), key != .name(event.name) { continue }
            if let done = await arrived(states, key) { return done }
        }
        return nil
    }

    private func arrived(_ states: Set<DomainState>, _ key: DomainKey) async -> Result<DomainState, LibvirtError>? {
        do throws(LibvirtError) {
            let state = try await domain(key).state
            return states.contains(state) ? .success(state) : nil
        } catch {
            // A domain that is not persistent is gone once it is off.
            if error.isNoDomain, states.contains(.shutOff) { return .success(.shutOff) }
            // A lost connection comes back with a resync, and then the state is asked for again.
            return error.isConnectionLost ? nil : .failure(error)
        }
    }
}
