package import Core

/// Tells viewers where machines' screens are. libvirt is asked each time: a machine gets another port at each start.
package struct MachineScreens: Sendable {
    private let machines: MachineService
    private let hypervisor: any HypervisorPort
    private let index: FleetIndex
    private let hosts: ScreenHosts

    package init(
        machines: MachineService, hypervisor: any HypervisorPort, index: FleetIndex, hosts: ScreenHosts
    ) {
        self.machines = machines
        self.hypervisor = hypervisor
        self.index = index
        self.hosts = hosts
    }

    /// What a viewer needs: the only thing in which Bay hands out a screen's password.
    package struct Connection: Equatable, Sendable {
        package var link: String
        package var password: String
        package var kind: String

        package init(link: String, password: String, kind: String) {
            self.link = link
            self.password = password
            self.kind = kind
        }
    }

    package func connection(to id: Machine.ID, for caller: Caller) async throws -> Connection {
        let machine = try await machines.managed(id, for: caller)
        let key = machines.domain(of: machine)
        let isActive: Bool
        let screens: [Screen]
        do throws(LibvirtError) {
            isActive = try await hypervisor.domain(key).state.isActive
            screens = isActive ? try await hypervisor.screens(of: key) : []
        } catch {
            throw MachineError(error)
        }
        guard isActive else { throw MachineError.noScreen(because: "it is off") }
        for screen in screens {
            if let link = screen.link(hosts) {
                return Connection(link: link, password: screen.password ?? "", kind: screen.kind)
            }
        }
        throw MachineError.noScreen(because: "it has no SPICE or VNC screen on the network")
    }

    /// Links to the screens of machines that run, without passwords. One call, however many machines.
    package func links(to ids: Set<Machine.ID>) async throws -> [Machine.ID: String] {
        let active = ids.compactMap { id -> (Machine.ID, String)? in
            guard let uuid = index.domainUUID(shownAs: id), index.record(uuid)?.state.isActive == true else {
                return nil
            }
            return (id, uuid)
        }
        let screens: [String: [Screen]]
        do throws(LibvirtError) {
            screens = try await hypervisor.screens(of: active.map(\.1))
        } catch {
            // Whoever lists machines gets them without libvirt too.
            if error.isConnectionLost { return [:] }
            throw MachineError(error)
        }
        return active.reduce(into: [:]) { links, machine in
            links[machine.0] = screens[machine.1]?.lazy.compactMap { $0.link(hosts) }.first
        }
    }
}
