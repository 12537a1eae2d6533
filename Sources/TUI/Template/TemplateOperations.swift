package import Core
import JSON

/// What is asked of the server about templates and their categories.
package enum TemplateOperation: Equatable, Sendable {
    case list(skip: Int)
    case categories
    case create(TemplateDraft)
    case update(MachineTemplate.ID, TemplateDraft)
    case delete(MachineTemplate.ID)
    case createCategory(CategoryDraft)
    case updateCategory(TemplateCategory.ID, CategoryDraft)
    case deleteCategory(TemplateCategory.ID)

    var isMutation: Bool {
        switch self {
        case .list, .categories: false
        default: true
        }
    }

    var request: OperationRequest {
        switch self {
        case .list(let skip):
            return OperationRequest(
                query: """
                    query Templates($skip: Int, $take: Int) { machineTemplates(pagination: {skip: $skip, take: $take}) \
                    { id name description cores ram storage categoryId createdAt totalMachines } }
                    """,
                variables: ["skip": .int(skip), "take": .int(Resource.pageSize)])
        case .categories:
            return OperationRequest(
                query: "{ machineTemplateCategories { id name description createdAt totalTemplates totalMachines } }")
        case .create(let draft):
            return OperationRequest(
                query: """
                    mutation Create($input: MachineTemplateInputType!) { createMachineTemplate(input: $input) { id } }
                    """,
                variables: ["input": .object(draft.input)])
        case .update(let id, let draft):
            return OperationRequest(
                query: """
                    mutation Update($id: String!, $input: MachineTemplateInputType!) \
                    { updateMachineTemplate(id: $id, input: $input) { id } }
                    """,
                variables: ["id": .string(id.rawValue), "input": .object(draft.input)])
        case .delete(let id):
            return OperationRequest(
                query: "mutation Delete($id: String!) { destroyMachineTemplate(id: $id) }",
                variables: ["id": .string(id.rawValue)])
        case .createCategory(let draft):
            return OperationRequest(
                query: """
                    mutation Create($input: MachineTemplateCategoryInputType!) \
                    { createMachineTemplateCategory(input: $input) { id } }
                    """,
                variables: ["input": .object(draft.input)])
        case .updateCategory(let id, let draft):
            return OperationRequest(
                query: """
                    mutation Update($id: String!, $input: MachineTemplateCategoryInputType!) \
                    { updateMachineTemplateCategory(id: $id, input: $input) { id } }
                    """,
                variables: ["id": .string(id.rawValue), "input": .object(draft.input)])
        case .deleteCategory(let id):
            return OperationRequest(
                query: "mutation Delete($id: String!) { destroyMachineTemplateCategory(id: $id) }",
                variables: ["id": .string(id.rawValue)])
        }
    }

    func read(_ reader: inout JSONReader) throws(JSONError) -> Reply {
        switch self {
        case .list:
            return .templates(try reader.list { reader throws(JSONError) in try TemplateRow(reading: &reader) })
        case .categories:
            return .categories(try reader.list { reader throws(JSONError) in try CategoryRow(reading: &reader) })
        default:
            try reader.skip()
            return .done
        }
    }
}

/// A template with how many machines were made from it.
package struct TemplateRow: Equatable, Sendable {
    package var template: MachineTemplate
    package var machines = 0
}

/// A category with what is in it.
package struct CategoryRow: Equatable, Sendable {
    package var category: TemplateCategory
    package var templates = 0
    package var machines = 0
}

extension TemplateDraft {
    fileprivate var input: JSONObject {
        [
            "name": .string(name), "description": .string(description ?? ""), "cores": .int(cores),
            "ram": .int(memoryGB), "storage": .int(storageGB),
            "categoryId": categoryID.map { .string($0.rawValue) } ?? .null,
        ]
    }
}

extension CategoryDraft {
    fileprivate var input: JSONObject {
        ["name": .string(name), "description": description.map { .string($0) } ?? .null]
    }
}

extension TemplateRow {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var template = MachineTemplate(
            id: MachineTemplate.ID(""), name: "", cores: 0, memoryGB: 0, storageGB: 0,
            createdAt: Timestamp(milliseconds: 0))
        var machines = 0
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "id": template.id = MachineTemplate.ID(try reader.string())
            case "name": template.name = try reader.optionalString() ?? ""
            case "description": template.description = try reader.optionalString()
            case "cores": template.cores = try reader.int()
            case "ram": template.memoryGB = try reader.int()
            case "storage": template.storageGB = try reader.int()
            case "categoryId": template.categoryID = try reader.optionalString().map { TemplateCategory.ID($0) }
            case "createdAt": template.createdAt = try reader.time()
            case "totalMachines": machines = try reader.optionalInt() ?? 0
            default: try reader.skip()
            }
        }
        self.init(template: template, machines: machines)
    }
}

extension CategoryRow {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var category = TemplateCategory(
            id: TemplateCategory.ID(""), name: "", createdAt: Timestamp(milliseconds: 0))
        var (templates, machines) = (0, 0)
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "id": category.id = TemplateCategory.ID(try reader.string())
            case "name": category.name = try reader.string()
            case "description": category.description = try reader.optionalString()
            case "createdAt": category.createdAt = try reader.time()
            case "totalTemplates": templates = try reader.optionalInt() ?? 0
            case "totalMachines": machines = try reader.optionalInt() ?? 0
            default: try reader.skip()
            }
        }
        self.init(category: category, templates: templates, machines: machines)
    }
}
