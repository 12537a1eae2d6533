package import Core
package import GraphQL

extension Department: GraphQLObject {}
extension MachineCounts: GraphQLObject {}

struct DepartmentNameInput: GraphQLInputObject {
    var id: Department.ID
    var name: String
}

extension DepartmentError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .notFound: FieldError(message, code: .notFound)
        case .invalidName: FieldError(message, code: .badInput)
        case .nameTaken, .notEmpty: FieldError(message, code: .conflict)
        }
    }
}

let departmentSchema = SchemaPart<RequestContext> {
    Object(Department.self, name: "DepartmentType") {
        Field("id", \.id)
        Field("name", \.name)
        Field("createdAt") { $0.createdAt ?? Timestamp(milliseconds: 0) }
        Field("internetSpeed", \.internetSpeed)
        Field("ipSubnet", \.ipSubnet)
        Field("totalMachines", as: Double?.self, groupedBy: \.id) { ids, context in
            try await context.services.departments.store.counts(of: Array(ids)).mapValues { Double($0.total) }
        }
        Field("machineCounts", groupedBy: \.id) { ids, context in
            let counts = try await context.services.departments.store.counts(of: Array(ids))
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, counts[$0] ?? MachineCounts()) })
        }
    }
    Object(MachineCounts.self) {
        Field("total", \.total)
        Field("running", \.running)
        Field("suspended", \.suspended)
        Field("off", \.off)
        Field("other", \.other).describe("Failed, or held by an operation.")
    }
    Input(
        DepartmentNameInput.self, name: "UpdateDepartmentNameInput",
        Argument<Department.ID>("id", default: Department.ID("")), Argument<String>("name", default: "")
    ) { DepartmentNameInput(id: $0, name: $1) }

    Query(requires: .user) {
        Field("departments") { context in try await context.services.departments.store.all() }
        Field("department", Argument<String>("id")) { context, id in
            try await context.services.departments.store.find([Department.ID(id)]).values.first
        }
        Field("findDepartmentByName", Argument<String>("name")) { context, name in
            try await context.services.departments.store.find(named: name)
        }
    }
    Mutation(requires: .admin) {
        Field("createDepartment", Argument<String>("name")) { context, name in
            try await context.services.departments.create(named: name, by: try context.signedIn.name)
        }
        Field("updateDepartmentName", Argument<DepartmentNameInput>("input")) { context, input in
            try await context.services.departments.rename(input.id, to: input.name, by: try context.signedIn.name)
        }
        Field("destroyDepartment", Argument<String>("id")) { context, id in
            try await context.services.departments.delete(Department.ID(id), by: try context.signedIn.name)
        }
    }
}
