package import Core
package import GraphQL

extension MachineTemplate: GraphQLObject {}
extension MachineTemplate.ID: GraphQLIdentifier {}
extension TemplateCategory: GraphQLObject {}
extension TemplateCategory.ID: GraphQLIdentifier {}
extension TemplateDraft: GraphQLInputObject {}
extension CategoryDraft: GraphQLInputObject {}

enum TemplateOrderByField: String, GraphQLEnum {
    case cores = "CORES"
    case createdAt = "CREATED_AT"
    case id = "ID"
    case name = "NAME"
    case ram = "RAM"
    case storage = "STORAGE"

    var order: TemplateStore.Order {
        switch self {
        case .cores: .cores
        case .createdAt: .createdAt
        case .id: .id
        case .name: .name
        case .ram: .memory
        case .storage: .storage
        }
    }
}

struct TemplateOrderBy: GraphQLInputObject {
    var field: TemplateOrderByField
    var direction: OrderByDirection
}

extension TemplateError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .notFound, .categoryNotFound: FieldError(message, code: .notFound)
        case .invalid: FieldError(message, code: .badInput)
        case .nameTaken, .categoryNameTaken, .inUse, .categoryInUse: FieldError(message, code: .conflict)
        }
    }
}

let templateSchema = SchemaPart<RequestContext> {
    Object(MachineTemplate.self, name: "MachineTemplateType") {
        Field("id", \.id)
        Field("name") { String?.some($0.name) }
        Field("description", \.description)
        Field("cores", \.cores)
        Field("ram", \.memoryGB).describe("In GB.")
        Field("storage", \.storageGB).describe("In GB.")
        Field("categoryId", \.categoryID)
        Field("createdAt", \.createdAt)
        Field("totalMachines", as: Int?.self, groupedBy: \.id) { ids, context in
            let counts = try await context.services.templates.store.machines(from: ids)
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, counts[$0] ?? 0) })
        }
    }
    Object(TemplateCategory.self, name: "MachineTemplateCategoryType") {
        Field("id", \.id)
        Field("name", \.name)
        Field("description", \.description)
        Field("createdAt", \.createdAt)
        Field("totalTemplates", as: Int?.self, groupedBy: \.id) { ids, context in
            let counts = try await context.services.templates.store.templates(in: ids)
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, counts[$0] ?? 0) })
        }
        Field("totalMachines", as: Int?.self, groupedBy: \.id) { ids, context in
            let counts = try await context.services.templates.store.machines(in: ids)
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, counts[$0] ?? 0) })
        }
    }
    Enum(TemplateOrderByField.self, name: "MachineTemplateOrderByField")
    Input(
        TemplateOrderBy.self, name: "MachineTemplateOrderBy", Argument<TemplateOrderByField?>("fieldName"),
        Argument<OrderByDirection?>("direction")
    ) { TemplateOrderBy(field: $0 ?? .name, direction: $1 ?? .ascending) }
    Input(
        TemplateDraft.self, name: "MachineTemplateInputType",
        Argument<TemplateCategory.ID?>("categoryId", default: nil), Argument<Int>("cores", default: 0),
        Argument<String>("description", default: ""), Argument<String>("name", default: ""),
        Argument<Int>("ram", default: 0), Argument<Int>("storage", default: 0)
    ) {
        TemplateDraft(name: $3, description: $2, cores: $1, memoryGB: $4, storageGB: $5, categoryID: $0)
    }
    Input(
        CategoryDraft.self, name: "MachineTemplateCategoryInputType",
        Argument<String?>("description", default: nil), Argument<String>("name", default: "")
    ) { CategoryDraft(name: $1, description: $0) }

    Query(requires: .admin) {
        Field("machineTemplate", Argument<String>("id")) { context, id in
            try await context.services.templates.store.find([MachineTemplate.ID(id)]).values.first
        }
        Field(
            "machineTemplates", Argument<TemplateOrderBy?>("orderBy"), Argument<Pagination?>("pagination")
        ) { context, order, page in
            let window = try Pagination.window(page, unsaid: 10, maximum: TemplateStore.maximumPage)
            return try await context.services.templates.store.list(
                by: (order?.field ?? .name).order, descending: order?.direction == .descending, skip: window.skip,
                limit: window.take)
        }
        Field("machineTemplateCategories") { context in try await context.services.templates.store.categories() }
        Field("machineTemplateCategory", Argument<String>("id")) { context, id in
            try await context.services.templates.store.categories([TemplateCategory.ID(id)]).values.first
        }
    }
    Mutation(requires: .admin) {
        Field("createMachineTemplate", Argument<TemplateDraft>("input")) { context, draft in
            try await context.services.templates.create(draft, by: try context.signedIn.name)
        }
        Field("updateMachineTemplate", Argument<String>("id"), Argument<TemplateDraft>("input")) {
            context, id, draft in
            try await context.services.templates.update(
                MachineTemplate.ID(id), to: draft, by: try context.signedIn.name)
        }
        Field("destroyMachineTemplate", Argument<String>("id")) { context, id in
            try await context.services.templates.delete(MachineTemplate.ID(id), by: try context.signedIn.name)
            return true
        }
        Field("createMachineTemplateCategory", Argument<CategoryDraft>("input")) { context, draft in
            try await context.services.templates.createCategory(draft, by: try context.signedIn.name)
        }
        Field("updateMachineTemplateCategory", Argument<String>("id"), Argument<CategoryDraft>("input")) {
            context, id, draft in
            try await context.services.templates.updateCategory(
                TemplateCategory.ID(id), to: draft, by: try context.signedIn.name)
        }
        Field("destroyMachineTemplateCategory", Argument<String>("id")) { context, id in
            try await context.services.templates.deleteCategory(
                TemplateCategory.ID(id), by: try context.signedIn.name)
            return true
        }
    }
}
