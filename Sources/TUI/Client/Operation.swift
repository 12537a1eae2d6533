package import Core
import JSON

/// Everything that the console and the command line ask of the server, each with its document and the reader of its answer.
package enum Operation: Equatable, Sendable {
    case serverInfo
    case departments
    /// A page of machines by id, adopted or not. Empty `after` is the first page.
    case machines(after: String, take: Int)
    case machine(Machine.ID)
    case host
    case links
    /// The newest events, newest first; `before` pages back.
    case recentEvents(limit: Int, before: EventRecord.ID?)
    /// Events behind an id, oldest first.
    case eventsAfter(EventRecord.ID, limit: Int)
    case history(Machine.ID, seconds: Int)
    case snapshots(Machine.ID)

    case watchEvents(after: EventRecord.ID?)
    case watchFigures([Machine.ID])
    case watchLinks

    case power(MachineAction, Machine.ID)
    case renameMachine(Machine.ID, String)
    case moveMachine(Machine.ID, Department.ID)
    /// Nobody's if nil.
    case assignMachine(Machine.ID, User.ID?)
    case hardware(HardwareOperation)
    case adopt([Machine.ID], Department.ID)
    case createDepartment(String)
    case renameDepartment(Department.ID, String)
    case destroyDepartment(Department.ID)
    case createSnapshot(Machine.ID, name: String, description: String)
    case restoreSnapshot(Machine.ID, name: String, forced: Bool)
    case deleteSnapshot(Machine.ID, name: String)
    case application(ApplicationOperation)
    case network(NetworkOperation)
    case template(TemplateOperation)
    case user(UserOperation)
    case job(JobOperation)
    case error(ErrorOperation)
    case firewall(FirewallOperation)

    /// A document that a person wrote.
    case document(OperationRequest)

    package var isSubscription: Bool {
        switch self {
        case .watchEvents, .watchFigures, .watchLinks: true
        // Whether a person's document is one is not known: it is left alone until the server ends it.
        case .document: true
        default: false
        }
    }

    /// Whether it changes something, so that its outcome matters when the connection is lost.
    package var isMutation: Bool {
        switch self {
        case .power, .renameMachine, .moveMachine, .assignMachine, .adopt, .createDepartment, .renameDepartment,
            .destroyDepartment, .createSnapshot, .restoreSnapshot, .deleteSnapshot:
            true
        case .hardware(let operation): operation.isMutation
        case .network(let operation): operation.isMutation
        case .template(let operation): operation.isMutation
        case .user(let operation): operation.isMutation
        case .job(let operation): operation.isMutation
        case .error(let operation): operation.isMutation
        case .firewall(let operation): operation.isMutation
        default: false
        }
    }
}

extension Operation {
    private static let machineFields = """
        id name internalName status os cpuCores ramGB diskSizeGB gpuPciAddress departmentId userId localIP createdAt \
        managed hasDomain
        """
    private static let figureFields = """
        machineId at slowAt cpuPercent vcpuWaitPercent memoryUsedMiB memoryTotalMiB balloonMiB diskReadBytes \
        diskWriteBytes networkReceivedBytes networkSentBytes
        """
    private static let eventFields = "id at resource action resourceId resourceName actor message data"
    private static let linkFields = "link state since reason"
    private static let departmentFields =
        "id name createdAt machineCounts { total running suspended off other }"
    private static let snapshotFields = "name description createdAt isCurrent parentId state vmId vmName"

    /// What is sent.
    package var request: OperationRequest {
        switch self {
        case .serverInfo:
            return OperationRequest(query: "{ serverInfo { version demo hypervisorUri lastEventId actor role } }")
        case .departments: return OperationRequest(query: "{ departments { \(Self.departmentFields) } }")
        case .machines(let after, let take):
            return OperationRequest(
                query: """
                    query Machines($after: ID, $take: Int) { machines(after: $after, pagination: {take: $take}, \
                    includeUnmanaged: true) { \(Self.machineFields) figures { \(Self.figureFields) } } }
                    """,
                variables: ["after": .string(after), "take": .int(take)])
        case .machine(let id):
            return OperationRequest(
                query: """
                    query Machine($id: String!) { machine(id: $id) { \(Self.machineFields) \
                    figures { \(Self.figureFields) } } }
                    """,
                variables: ["id": .string(id.rawValue)])
        case .host:
            return OperationRequest(
                query: """
                    { host { hostname uri libvirtVersion hypervisorVersion cpuModel cpus cpuMHz memoryMiB memoryFreeMiB \
                    cpuPercent pools { name active capacityBytes allocationBytes availableBytes } } }
                    """)
        case .links: return OperationRequest(query: "{ links { \(Self.linkFields) } }")
        case .recentEvents(let limit, let before):
            return OperationRequest(
                query: """
                    query Events($limit: Int, $before: ID) { events(limit: $limit, before: $before) \
                    { \(Self.eventFields) } }
                    """,
                variables: ["limit": .int(limit), "before": before.map { .string(String($0)) } ?? .null])
        case .eventsAfter(let id, let limit):
            return OperationRequest(
                query: """
                    query Events($limit: Int, $after: ID) { events(limit: $limit, after: $after) \
                    { \(Self.eventFields) } }
                    """,
                variables: ["limit": .int(limit), "after": .string(String(id))])
        case .history(let id, let seconds):
            return OperationRequest(
                query: """
                    query History($id: ID!, $seconds: Int) { figureHistory(machineId: $id, seconds: $seconds) \
                    { at cpuPercent vcpuWaitPercent memoryUsedMiB balloonMiB diskReadBytes diskWriteBytes \
                    networkReceivedBytes networkSentBytes } }
                    """,
                variables: ["id": .string(id.rawValue), "seconds": .int(seconds)])
        case .snapshots(let id):
            return OperationRequest(
                query: """
                    query Snapshots($id: String!) { machineSnapshots(machineId: $id) \
                    { success message snapshots { \(Self.snapshotFields) } } }
                    """,
                variables: ["id": .string(id.rawValue)])
        case .watchEvents(let after):
            return OperationRequest(
                query: "subscription Events($after: ID) { events(after: $after) { \(Self.eventFields) } }",
                variables: ["after": after.map { .string(String($0)) } ?? .null])
        case .watchFigures(let ids):
            return OperationRequest(
                query: "subscription Figures($watch: [ID!]) { figures(watch: $watch) { \(Self.figureFields) } }",
                variables: ["watch": .array(ids.map { .string($0.rawValue) })])
        case .watchLinks: return OperationRequest(query: "subscription { links { \(Self.linkFields) } }")
        case .hardware(let operation): return operation.request(Self.machineFields)
        case .application(let operation): return operation.request
        case .network(let operation): return operation.request
        case .template(let operation): return operation.request
        case .user(let operation): return operation.request
        case .job(let operation): return operation.request
        case .error(let operation): return operation.request
        case .firewall(let operation): return operation.request
        case .document(let request): return request
        default: return mutation
        }
    }

    private var mutation: OperationRequest {
        switch self {
        case .power(let action, let id):
            return OperationRequest(
                query: "mutation Power($id: String!) { \(action.field)(id: $id) { success message } }",
                variables: ["id": .string(id.rawValue)])
        case .renameMachine(let id, let name):
            return OperationRequest(
                query: """
                    mutation Rename($input: UpdateMachineNameInput!) { updateMachineName(input: $input) \
                    { \(Self.machineFields) } }
                    """,
                variables: ["input": ["id": .string(id.rawValue), "name": .string(name)]])
        case .moveMachine(let id, let department):
            return OperationRequest(
                query: """
                    mutation Move($id: String!, $to: String!) { moveMachine(id: $id, departmentId: $to) \
                    { \(Self.machineFields) } }
                    """,
                variables: ["id": .string(id.rawValue), "to": .string(department.rawValue)])
        case .assignMachine(let id, let user):
            return OperationRequest(
                query: """
                    mutation Assign($input: UpdateMachineUserInput!) { updateMachineUser(input: $input) \
                    { \(Self.machineFields) } }
                    """,
                variables: [
                    "input": ["id": .string(id.rawValue), "userId": user.map { .string($0.rawValue) } ?? .null]
                ])
        case .adopt(let ids, let department):
            return OperationRequest(
                query: """
                    mutation Adopt($domains: [ID!]!, $to: ID!) { adoptMachines(domains: $domains, departmentId: $to) \
                    { id success message machine { \(Self.machineFields) } } }
                    """,
                variables: [
                    "domains": .array(ids.map { .string($0.rawValue) }), "to": .string(department.rawValue),
                ])
        case .createDepartment(let name):
            return OperationRequest(
                query: "mutation Create($name: String!) { createDepartment(name: $name) { id name createdAt } }",
                variables: ["name": .string(name)])
        case .renameDepartment(let id, let name):
            return OperationRequest(
                query: """
                    mutation Rename($input: UpdateDepartmentNameInput!) { updateDepartmentName(input: $input) \
                    { id name createdAt } }
                    """,
                variables: ["input": ["id": .string(id.rawValue), "name": .string(name)]])
        case .destroyDepartment(let id):
            return OperationRequest(
                query: "mutation Destroy($id: String!) { destroyDepartment(id: $id) { id name } }",
                variables: ["id": .string(id.rawValue)])
        case .createSnapshot(let id, let name, let description):
            return OperationRequest(
                query: """
                    mutation Create($input: CreateSnapshotInput!) { createSnapshot(input: $input) { success message } }
                    """,
                variables: [
                    "input": [
                        "machineId": .string(id.rawValue), "name": .string(name),
                        "description": description.isEmpty ? .null : .string(description),
                    ]
                ])
        case .restoreSnapshot(let id, let name, let forced):
            let field = forced ? "forceRestoreSnapshot" : "restoreSnapshot"
            return OperationRequest(
                query: """
                    mutation Restore($input: RestoreSnapshotInput!) { \(field)(input: $input) { success message } }
                    """,
                variables: ["input": ["machineId": .string(id.rawValue), "snapshotName": .string(name)]])
        case .deleteSnapshot(let id, let name):
            return OperationRequest(
                query: """
                    mutation Delete($input: DeleteSnapshotInput!) { deleteSnapshot(input: $input) { success message } }
                    """,
                variables: ["input": ["machineId": .string(id.rawValue), "snapshotName": .string(name)]])
        default: preconditionFailure("every query and subscription is written above")
        }
    }
}

extension MachineAction {
    /// The field of the API that does it.
    var field: String {
        switch self {
        case .start: "powerOn"
        case .shutdown: "powerOff"
        case .stop: "forcePowerOff"
        case .restart: "restartMachine"
        case .reset: "resetMachine"
        case .suspend: "suspend"
        case .resume: "resume"
        }
    }
}
