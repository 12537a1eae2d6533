package import Core
package import GraphQL
import JSON

extension Machine: GraphQLObject {}

enum MachineOrderByField: String, GraphQLEnum {
    case config = "CONFIG"
    case createdAt = "CREATED_AT"
    case id = "ID"
    case status = "STATUS"
    case templateID = "TEMPLATE_ID"
    case userID = "USER_ID"

    /// `CONFIG` names nothing that has an order; it means the standard one.
    var order: MachineStore.Order {
        switch self {
        case .config, .createdAt: .createdAt
        case .id: .id
        case .status: .status
        case .templateID: .templateID
        case .userID: .userID
        }
    }
}

struct MachineOrderBy: GraphQLInputObject {
    var field: MachineOrderByField
    var direction: OrderByDirection
}

struct MachineNameInput: GraphQLInputObject {
    var id: Machine.ID
    var name: String
}

struct MachineUserInput: GraphQLInputObject {
    var id: Machine.ID
    /// Nil takes the machine away from whoever has it.
    var user: User.ID?
}

struct MachineHardwareInput: GraphQLInputObject {
    var id: Machine.ID
    var change: HardwareChange
}

/// What became of a command in a guest.
struct CommandResponse: GraphQLObject {
    var success: Bool
    var message: String
    var response: String?
}

extension MachineAdoption.Result: GraphQLObject {}
extension MachineScreens.Connection: GraphQLObject {}

extension MachineError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .notFound, .departmentNotFound, .userNotFound: FieldError(message, code: .notFound)
        case .invalid: FieldError(message, code: .badInput)
        case .refused, .busy, .timedOut, .noScreen: FieldError(message, code: .conflict)
        case .hypervisorUnavailable, .unrecorded: FieldError(message, code: .unavailable)
        case .hypervisor: FieldError(message, code: "HYPERVISOR")
        }
    }
}

let machineSchema = SchemaPart<RequestContext> {
    Object(Machine.self) {
        Field("id", \.id)
        Field("name", \.name)
        Field("internalName", \.internalName).describe("The domain's name in libvirt.")
        Field("status") { $0.status.rawValue }
        Field("os", \.os)
        Field("cpuCores") { Int?.some($0.cpuCores) }
        Field("ramGB") { Int?.some($0.ramGB) }
        Field("diskSizeGB") { Int?.some($0.diskSizeGB) }
        Field("gpuPciAddress", \.gpuAddress)
        Field("departmentId") { $0.departmentID?.rawValue }
        Field("templateId") { $0.templateID?.rawValue }
        Field("userId", \.userID)
        Field("localIP", \.localIP)
        Field("publicIP", \.publicIP)
        Field("createdAt", \.createdAt)
        Field("managed", \.isManaged)
            .describe("False for a domain that was found on the host and that nobody has adopted.")
        Field("hasDomain") { machine, context -> Bool? in
            machine.isManaged ? context.services.index.hasDomain(machine.id) : machine.hasDomain
        }
        .describe("Whether its domain exists in libvirt now; null while libvirt cannot be asked.")
        Field(
            "department", groupedByOptional: \.departmentID, known: { $0.services.departments.store.known },
            resolve: { ids, context in try await context.services.departments.store.find(Array(ids)) })
        Field("configuration", as: JSONObject?.self, groupedBy: \.id) { ids, context in
            try await context.services.screens.links(to: ids).mapValues { ["graphic": .string($0)] }
        }.describe("Where its screen is while it runs: `{graphic: \"spice://host:port\"}`. The password is not in it.")
        Field("template", groupedByOptional: \.templateID) { ids, context in
            try await context.services.templates.store.find(ids)
        }
    }
    Object(MachineAdoption.Result.self, name: "AdoptResult") {
        Field("id") { ID($0.domain) }.describe("The domain that was asked for.")
        Field("success") { $0.machine != nil }
        Field("message", \.message)
        Field("machine", \.machine)
    }
    Object(MachineScreens.Connection.self, name: "GraphicConfigurationType") {
        Field("link", \.link)
        Field("password", \.password).describe("What the viewer has to give; empty where none is needed.")
        Field("protocol", \.kind).describe("spice or vnc.")
    }
    Object(CommandResponse.self, name: "CommandExecutionResponseType") {
        Field("success", \.success)
        Field("message", \.message)
        Field("response", \.response).describe("What the command wrote, first its output and then its errors.")
    }
    Enum(MachineOrderByField.self)
    Input(
        MachineOrderBy.self, Argument<MachineOrderByField?>("fieldName"), Argument<OrderByDirection?>("direction")
    ) { MachineOrderBy(field: $0 ?? .createdAt, direction: $1 ?? .descending) }
    Input(
        MachineNameInput.self, name: "UpdateMachineNameInput", Argument<Machine.ID>("id", default: Machine.ID("")),
        Argument<String>("name", default: "")
    ) { MachineNameInput(id: $0, name: $1) }
    Input(
        MachineUserInput.self, name: "UpdateMachineUserInput", Argument<Machine.ID>("id", default: Machine.ID("")),
        Argument<String?>("userId", default: nil).describe("Nobody's if null.")
    ) { MachineUserInput(id: $0, user: $1.map { User.ID($0) }) }
    Input(
        MachineHardwareInput.self, name: "UpdateMachineHardwareInput", Argument<Int?>("cpuCores"),
        Argument<Supplied<String>>("gpuPciAddress").describe("No card if null; the one that it has if not said."),
        Argument<Machine.ID>("id", default: Machine.ID("")), Argument<Int?>("ramGB")
    ) { cores, gpu, id, memory in
        var change = HardwareChange(cores: cores, memoryGB: memory)
        switch gpu {
        case .absent: break
        case .null, .value(""): change.gpu = HardwareChange.GPU.none
        case .value(let address): change.gpu = .card(address)
        }
        return MachineHardwareInput(id: id, change: change)
    }

    Query(requires: .user) {
        Field("graphicConnection", Argument<String>("id")) { context, id -> MachineScreens.Connection? in
            do {
                return try await context.services.screens.connection(to: Machine.ID(id), for: try context.signedIn)
            } catch MachineError.notFound {
                return nil
            }
        }
        Field(
            "machine", Argument<String>("id"),
            answer: { context, id -> Answer<Machine?> in
                let (machines, id, caller) = (context.services.machines, Machine.ID(id), try context.signedIn)
                if let machine = machines.known(id, for: caller) { return .known(machine) }
                return .fetched {
                    do { return try await machines.find(id, for: caller) } catch MachineError.notFound { return nil }
                }
            })
        Field(
            "machines", Argument<MachineOrderBy?>("orderBy"), Argument<Pagination?>("pagination"),
            Argument<Bool?>("includeUnmanaged", default: false)
                .describe("Adds the host's domains that nobody has adopted, for administrators."),
            Argument<ID?>("after")
                .describe("Pages by id: machines behind this one, from the first if it is empty."),
            answer: { context, order, page, includesUnmanaged, cursor in
                let includesUnmanaged = includesUnmanaged ?? false
                if !includesUnmanaged, cursor == nil, let newest = try context.knownNewest(order, page) {
                    return .known(newest)
                }
                return .fetched {
                    try await context.machines(
                        order: order, page: page, includesUnmanaged: includesUnmanaged, after: cursor?.rawValue)
                }
            })
    }

    Mutation(requires: .user) {
        Field("powerOn", Argument<String>("id")) { context, id in try await context.power(.start, id) }
        Field(
            "powerOff", Argument<String>("id"),
            Argument<Bool?>("force", default: false).describe("Pull the plug if the guest does not obey in time."),
            Argument<Int?>("graceSeconds").describe("How long the guest may take; 60 if not said, 600 at most.")
        ) { context, id, force, grace in
            try await context.power(.shutdown, id, force: force ?? false, grace: grace.map { .seconds(max(0, $0)) })
        }
        Field("forcePowerOff", Argument<String>("id")) { context, id in try await context.power(.stop, id) }
        Field("restartMachine", Argument<String>("id")) { context, id in try await context.power(.restart, id) }
        Field("resetMachine", Argument<String>("id")) { context, id in try await context.power(.reset, id) }
        Field("suspend", Argument<String>("id")) { context, id in try await context.power(.suspend, id) }
        Field("resume", Argument<String>("id")) { context, id in try await context.power(.resume, id) }
        Field("destroyMachine", Argument<String>("id")) { context, id in
            do {
                return Success(
                    try await context.services.machines.destroy(Machine.ID(id), by: try context.signedIn))
            } catch let error as MachineError {
                return Success(failure: error.message)
            }
        }.describe("Deletes the disks that Bay made, and leaves others where they are: the message names them.")
    }
    Mutation(requires: .admin) {
        Field("updateMachineName", Argument<MachineNameInput>("input")) { context, input in
            try await context.services.machines.rename(input.id, to: input.name, by: try context.signedIn)
        }
        Field("updateMachineHardware", Argument<MachineHardwareInput>("input")) { context, input in
            try await context.services.machines.updateHardware(
                input.change, of: input.id, by: try context.signedIn)
        }.describe("Shuts the machine down. The answer is the machine as it is then; events tell how it ends.")
        Field("executeCommand", Argument<String>("command"), Argument<String>("id")) { context, command, id in
            do {
                let outcome = try await context.services.guests.run(
                    command, in: Machine.ID(id), by: try context.signedIn)
                return CommandResponse(success: outcome.isSuccess, message: outcome.message, response: outcome.text)
            } catch let error as MachineError {
                return CommandResponse(success: false, message: error.message)
            }
        }.describe("Runs a command line through the guest's own agent.")
        Field("updateMachineUser", Argument<MachineUserInput>("input")) { context, input in
            try await context.services.machines.assign(input.id, to: input.user, by: try context.signedIn)
        }
        Field("moveMachine", Argument<String>("departmentId"), Argument<String>("id")) { context, department, id in
            try await context.services.machines.move(
                Machine.ID(id), to: Department.ID(department), by: try context.signedIn)
        }
        Field("adoptMachines", Argument<[ID]>("domains"), Argument<Department.ID>("departmentId")) {
            context, domains, department in
            try await context.services.adoption.adopt(
                domains.map(\.rawValue), into: department, by: try context.signedIn)
        }
    }
}

extension RequestContext {
    /// A power action fails with an answer, not with an error: that is what the front ends of the API expect.
    fileprivate func power(
        _ action: MachineAction, _ id: String, force: Bool = false, grace: Duration? = nil
    ) async throws -> Success {
        let caller = try signedIn
        do {
            let outcome = try await services.machines.perform(
                action, on: Machine.ID(id), for: caller, force: force, grace: grace ?? MachineService.defaultGrace)
            return Success(outcome.message)
        } catch let error as MachineError {
            return Success(failure: error.message)
        }
    }

    /// What the front end asks for all the time, where it is in memory.
    fileprivate func knownNewest(_ order: MachineOrderBy?, _ page: Pagination?) throws -> [Machine]? {
        guard (order?.field ?? .createdAt).order == .createdAt, (order?.direction ?? .descending) == .descending
        else { return nil }
        let (skip, limit) = try machineWindow(page)
        return services.machines.store.knownNewest(skip: skip, limit: limit, scope: try signedIn.machineScope)
    }

    private func machineWindow(_ page: Pagination?) throws -> (skip: Int, take: Int) {
        try Pagination.window(page, unsaid: MachineStore.maximumPage, maximum: MachineStore.maximumPage)
    }

    fileprivate func machines(
        order: MachineOrderBy?, page: Pagination?, includesUnmanaged: Bool, after cursor: String?
    ) async throws -> [Machine] {
        let caller = try signedIn
        let services = services
        let store = services.machines.store
        let (skip, limit) = try machineWindow(page)
        let withUnmanaged = includesUnmanaged && caller.role >= .admin
        guard let cursor else {
            let rows = try await store.list(
                by: (order?.field ?? .createdAt).order, descending: (order?.direction ?? .descending) == .descending,
                skip: skip, limit: limit, scope: caller.machineScope)
            guard withUnmanaged else { return rows }
            let unmanaged = services.index.unmanaged(after: "", limit: limit - rows.count)
            return rows + unmanaged
        }
        let rows = try await store.page(after: cursor, limit: limit, scope: caller.machineScope)
        guard withUnmanaged else { return rows }
        // Both are in order of id and begin behind the cursor, so the first of both together are the page.
        let unmanaged = services.index.unmanaged(after: cursor, limit: limit)
        return Array((rows + unmanaged).sorted { $0.id < $1.id }.prefix(limit))
    }
}
