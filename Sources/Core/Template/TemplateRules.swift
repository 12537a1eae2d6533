/// What templates may be. Each function says what is wrong with a value, so that a form can say it while it is typed.
package enum TemplateRules {
    package static let cores = 1...64
    package static let memoryGB = 1...512
    package static let storageGB = 1...1024

    package static func problem(name: String) -> String? { NameRule.problem(name, of: "template") }
    package static func problem(categoryName: String) -> String? { NameRule.problem(categoryName, of: "category") }
    package static func problem(description: String) -> String? { TextRule.problem(description, of: "the description") }
    package static func problem(cores value: Int) -> String? { NumberRule.problem(value, in: cores, of: "cores") }
    package static func problem(memoryGB value: Int) -> String? {
        NumberRule.problem(value, in: memoryGB, of: "memory in GB")
    }
    package static func problem(storageGB value: Int) -> String? {
        NumberRule.problem(value, in: storageGB, of: "storage in GB")
    }
}

/// What people fill in to make a template, or to change one: a change replaces everything.
package struct TemplateDraft: Equatable, Sendable {
    package var name: String
    package var description: String?
    package var cores: Int
    package var memoryGB: Int
    package var storageGB: Int
    package var categoryID: TemplateCategory.ID?

    package init(
        name: String, description: String? = nil, cores: Int, memoryGB: Int, storageGB: Int,
        categoryID: TemplateCategory.ID? = nil
    ) {
        self.name = name
        self.description = description
        self.cores = cores
        self.memoryGB = memoryGB
        self.storageGB = storageGB
        self.categoryID = categoryID
    }

    /// The draft as it is stored: without space around its texts.
    package func checked() throws(TemplateError) -> TemplateDraft {
        var checked = self
        checked.name = try TemplateError.valid(NameRule.check(name, of: "template"))
        checked.description = try TemplateError.valid(TextRule.check(description ?? "", of: "the description"))
        let problems = [
            TemplateRules.problem(cores: cores), TemplateRules.problem(memoryGB: memoryGB),
            TemplateRules.problem(storageGB: storageGB),
        ]
        if let problem = problems.compactMap({ $0 }).first { throw .invalid(problem) }
        // Programs that know no category send no text for it.
        if categoryID?.rawValue.isEmpty == true { checked.categoryID = nil }
        return checked
    }
}

/// What people fill in to make a category, or to change one.
package struct CategoryDraft: Equatable, Sendable {
    package var name: String
    package var description: String?

    package init(name: String, description: String? = nil) {
        self.name = name
        self.description = description
    }

    package func checked() throws(TemplateError) -> CategoryDraft {
        CategoryDraft(
            name: try TemplateError.valid(NameRule.check(name, of: "category")),
            description: try TemplateError.valid(TextRule.check(description ?? "", of: "the description")))
    }
}

/// Why an operation on templates or their categories did not happen.
package enum TemplateError: Error, Equatable {
    case notFound
    case categoryNotFound
    case invalid(String)
    case nameTaken(String)
    case categoryNameTaken(String)
    case inUse(machines: Int)
    case categoryInUse(templates: Int)

    package var message: String {
        switch self {
        case .notFound: "template not found"
        case .categoryNotFound: "category not found"
        case .invalid(let reason): reason
        case .nameTaken(let name): "a template named \"\(name)\" exists already"
        case .categoryNameTaken(let name): "a category named \"\(name)\" exists already"
        case .inUse(let count): "\(count) \(count == 1 ? "machine was" : "machines were") made from the template"
        case .categoryInUse(let count):
            "the category still has \(count) \(count == 1 ? "template" : "templates"): move or delete them first"
        }
    }

    static func valid<Value>(_ result: Result<Value, NameProblem>) throws(TemplateError) -> Value {
        switch result {
        case .success(let value): return value
        case .failure(let problem): throw .invalid(problem.message)
        }
    }
}
