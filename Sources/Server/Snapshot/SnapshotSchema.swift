package import Core
package import GraphQL

extension Snapshot: GraphQLObject {}

struct SnapshotList: GraphQLObject {
    var success: Bool
    var message: String
    var snapshots: [Snapshot] = []
}

struct SnapshotResult: GraphQLObject {
    var success: Bool
    var message: String
    var snapshot: Snapshot?
}

struct CreateSnapshotInput: GraphQLInputObject {
    var machineID: String
    var name: String
    var description: String?
}

/// A machine and one of its snapshots.
struct RestoreSnapshotInput: GraphQLInputObject {
    var machineID: String
    var name: String
}

struct DeleteSnapshotInput: GraphQLInputObject {
    var machineID: String
    var name: String
}

extension SnapshotError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .machineNotFound, .notFound: FieldError(message, code: .notFound)
        case .invalidName: FieldError(message, code: .badInput)
        case .alreadyExists, .refused, .busy: FieldError(message, code: .conflict)
        case .hypervisorUnavailable: FieldError(message, code: .unavailable)
        case .hypervisor: FieldError(message, code: "HYPERVISOR")
        }
    }
}

let snapshotSchema = SchemaPart<RequestContext> {
    Object(Snapshot.self) {
        Field("id") { ID($0.name) }
        Field("name", \.name)
        Field("description", \.description)
        Field("vmId") { $0.machineID.rawValue }
        Field("vmName", \.domainName)
        Field("createdAt", \.createdAt)
        Field("isCurrent", \.isCurrent)
        Field("parentId", \.parent)
        // libvirt forgets a snapshot without metadata, so one that is listed has it.
        Field("hasMetadata") { _ in true }
        Field("state", \.state)
    }
    Object(SnapshotList.self, name: "SnapshotListResult") {
        Field("success", \.success)
        Field("message", \.message)
        Field("snapshots", \.snapshots)
    }
    Object(SnapshotResult.self) {
        Field("success", \.success)
        Field("message", \.message)
        Field("snapshot", \.snapshot)
    }
    Input(
        CreateSnapshotInput.self, Argument<String>("machineId"), Argument<String>("name"),
        Argument<String?>("description")
    ) { CreateSnapshotInput(machineID: $0, name: $1, description: $2) }
    Input(RestoreSnapshotInput.self, Argument<String>("machineId"), Argument<String>("snapshotName")) {
        RestoreSnapshotInput(machineID: $0, name: $1)
    }
    Input(DeleteSnapshotInput.self, Argument<String>("machineId"), Argument<String>("snapshotName")) {
        DeleteSnapshotInput(machineID: $0, name: $1)
    }

    Query(requires: .user) {
        Field("machineSnapshots", Argument<String>("machineId")) { context, id in
            do {
                let list = try await context.services.snapshots.list(of: Machine.ID(id), for: try context.signedIn)
                let count = list.count == 1 ? "1 snapshot" : "\(list.count) snapshots"
                return SnapshotList(success: true, message: count, snapshots: list)
            } catch let error as SnapshotError {
                return SnapshotList(success: false, message: error.message)
            }
        }
        Field("currentSnapshot", Argument<String>("machineId")) { context, id in
            try await context.services.snapshots.current(of: Machine.ID(id), for: try context.signedIn)
        }
    }
    Mutation(requires: .user) {
        Field("createSnapshot", Argument<CreateSnapshotInput>("input")) { context, input in
            do {
                let snapshot = try await context.services.snapshots.create(
                    input.name, description: input.description, of: Machine.ID(input.machineID),
                    by: try context.signedIn)
                return SnapshotResult(
                    success: true, message: "snapshot \(snapshot.name) was taken", snapshot: snapshot)
            } catch let error as SnapshotError {
                return SnapshotResult(success: false, message: error.message)
            }
        }
        Field("restoreSnapshot", Argument<RestoreSnapshotInput>("input")) { context, input in
            try await context.restore(input, force: false)
        }
        Field("forceRestoreSnapshot", Argument<RestoreSnapshotInput>("input")) { context, input in
            try await context.restore(input, force: true)
        }
        Field("deleteSnapshot", Argument<DeleteSnapshotInput>("input")) { context, input in
            do {
                try await context.services.snapshots.delete(
                    input.name, of: Machine.ID(input.machineID), by: try context.signedIn)
                return Success("snapshot \(input.name) was deleted")
            } catch let error as SnapshotError {
                return Success(failure: error.message)
            }
        }
    }
}

extension RequestContext {
    fileprivate func restore(_ input: RestoreSnapshotInput, force: Bool) async throws -> Success {
        let caller = try signedIn
        do {
            try await services.snapshots.restore(
                input.name, of: Machine.ID(input.machineID), force: force, by: caller)
            return Success("the machine was taken back to snapshot \(input.name)")
        } catch let error as SnapshotError {
            return Success(failure: error.message)
        }
    }
}
