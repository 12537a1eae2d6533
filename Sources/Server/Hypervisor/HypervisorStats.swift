import CLibvirt
package import Core

extension Hypervisor {
    package func statsPass(
        _ groups: StatsGroups, within limit: Duration = .seconds(1)
    ) async throws(LibvirtError) -> StatsPass {
        try requireLink("virDomainListGetStats")
        let (known, version) = stats.known()
        if known == nil {
            let active = try await read("virConnectListAllDomains") { connection throws(LibvirtError) in
                try Domain.list(on: connection, flags: UInt32(VIR_CONNECT_LIST_DOMAINS_ACTIVE.rawValue)).map(\.uuid)
            }
            stats.note(active: active, version: version)
        }
        let pass = try await stats.pass(groups, within: limit)
        if groups.contains(.memory) {
            for uuid in stats.takeNewRuns(pass) { turnOnMemoryStatistics(uuid) }
        }
        return pass
    }

    /// Makes the balloon ask the guest for its memory figures, which it does not do by itself. Left alone where
    /// somebody has set a period. It is a property of the running process: it ends with it, and the domain's
    /// definition is not touched.
    private func turnOnMemoryStatistics(_ uuid: String) {
        freestLane.submit { connection throws(LibvirtError) in
            let domain = try Domain.find(.uuid(uuid), on: connection)
            guard let details = try? domain.details().description, details.memoryStatsPeriod == nil else { return }
            try unsafe check(
                virDomainSetMemoryStatsPeriod(
                    domain.pointer, StatsLanes.Limit.memoryPeriod, VIR_DOMAIN_AFFECT_LIVE.rawValue),
                "virDomainSetMemoryStatsPeriod")
        }
    }
}
