package import Core

/// What a window about templates or their categories was opened for; nil is a new one.
package enum TemplateDialog: Equatable, Sendable {
    case template(MachineTemplate?)
    case category(TemplateCategory?)
    case delete(MachineTemplate)
    case deleteCategory(TemplateCategory)
}

/// Templates and their categories: the commands on their lists, their forms and questions.
extension Console {
    var selectedTemplate: TemplateRow? {
        guard screen == .resource(.templates), let id = lists[.templates]?.selection?.id else { return nil }
        return templates.first { $0.template.id.rawValue == id }
    }

    var selectedCategory: CategoryRow? {
        guard screen == .resource(.categories), let id = lists[.categories]?.selection?.id else { return nil }
        return categories.first { $0.category.id.rawValue == id }
    }

    /// Why a command on templates is not possible now.
    func refusalOfTemplate(_ command: Command) -> String? {
        if let reason = refusal(needing: .admin) { return reason }
        switch command {
        case .changeTemplate, .deleteTemplate:
            guard let row = selectedTemplate else { return "choose a template in its list" }
            return command == .deleteTemplate && row.machines > 0
                ? TemplateError.inUse(machines: row.machines).message : nil
        case .changeCategory, .deleteCategory:
            guard let row = selectedCategory else { return "choose a category in its list" }
            return command == .deleteCategory && row.templates > 0
                ? TemplateError.categoryInUse(templates: row.templates).message : nil
        default: return nil
        }
    }

    mutating func openTemplateDialog(_ command: Command) {
        switch command {
        case .newTemplate:
            show(.resource(.templates))
            open(.form("New template", templateForm(nil), yes: "Create"), .template(.template(nil)))
        case .changeTemplate:
            guard let template = selectedTemplate?.template else { return }
            open(
                .form("Change \(template.name)", templateForm(template), yes: "Change"), .template(.template(template)))
        case .deleteTemplate:
            guard let template = selectedTemplate?.template else { return }
            open(
                .question(
                    "Delete template \(template.name)?", "It cannot be brought back.", yes: "Delete",
                    isDangerous: true), .template(.delete(template)))
        case .newCategory:
            show(.resource(.categories))
            open(.form("New category", Self.categoryForm(nil), yes: "Create"), .template(.category(nil)))
        case .changeCategory:
            guard let category = selectedCategory?.category else { return }
            open(
                .form("Change \(category.name)", Self.categoryForm(category), yes: "Change"),
                .template(.category(category)))
        case .deleteCategory:
            guard let category = selectedCategory?.category else { return }
            open(
                .question(
                    "Delete category \(category.name)?", "Only an empty category can be deleted.", yes: "Delete",
                    isDangerous: true), .template(.deleteCategory(category)))
        default: break
        }
    }

    /// Shows the templates of the chosen category.
    mutating func openCategory() {
        guard let category = selectedCategory?.category else { return }
        lists[.templates]?.setFilter(category.name)
        show(.resource(.templates))
    }

    private var categoryNames: [String] { categories.map(\.category.name).sorted() }

    private func templateForm(_ template: MachineTemplate?) -> Form {
        let names = ["none"] + categoryNames
        let category = categories.first { $0.category.id == template?.categoryID }?.category.name
        func number(_ id: String, _ label: String, _ value: Int?, _ range: ClosedRange<Int>) -> FormField {
            Self.field(
                id, label, value.map(String.init) ?? "", limit: 6, help: "\(range.lowerBound) to \(range.upperBound)")
        }
        return Form([
            Self.field("name", "Name", template?.name ?? "", limit: NameRule.maximumLength),
            number("cores", "vCPUs", template?.cores, TemplateRules.cores),
            number("memory", "Memory GB", template?.memoryGB, TemplateRules.memoryGB),
            number("storage", "Disk GB", template?.storageGB, TemplateRules.storageGB),
            FormField(
                "category", "Category", .choice(names, category.flatMap { names.firstIndex(of: $0) } ?? 0),
                help: "← → choose"),
            Self.field("description", "Description", template?.description ?? "", limit: 1000),
        ])
    }

    private static func categoryForm(_ category: TemplateCategory?) -> Form {
        Form([
            field("name", "Name", category?.name ?? "", limit: NameRule.maximumLength),
            field("description", "Description", category?.description ?? "", limit: 1000),
        ])
    }

    // MARK: Checking while one types

    func problems(_ form: Form, _ dialog: TemplateDialog) -> [String: String] {
        let name = form["name"].trimmingSpaces.lowercased()
        var problems: [String: String] = [:]
        problems["description"] = TemplateRules.problem(description: form["description"])
        switch dialog {
        case .template(let template):
            let isTaken = templates.contains {
                $0.template.id != template?.id && $0.template.name.lowercased() == name
            }
            problems["name"] =
                TemplateRules.problem(name: form["name"])
                ?? (isTaken ? TemplateError.nameTaken(form["name"]).message : nil)
            problems["cores"] = Self.problem(form["cores"], TemplateRules.problem(cores:))
            problems["memory"] = Self.problem(form["memory"], TemplateRules.problem(memoryGB:))
            problems["storage"] = Self.problem(form["storage"], TemplateRules.problem(storageGB:))
        case .category(let category):
            let isTaken = categories.contains {
                $0.category.id != category?.id && $0.category.name.lowercased() == name
            }
            problems["name"] =
                TemplateRules.problem(categoryName: form["name"])
                ?? (isTaken ? TemplateError.categoryNameTaken(form["name"]).message : nil)
        case .delete, .deleteCategory: break
        }
        return problems
    }

    /// What is wrong with a number as it was typed.
    static func problem(_ text: String, _ rule: (Int) -> String?) -> String? {
        guard let number = Int(text.trimmingSpaces) else {
            return text.isEmpty ? "a number is missing" : "\"\(text)\" is no whole number"
        }
        return rule(number)
    }

    // MARK: Pressing

    mutating func pressed(_ form: Form, _ dialog: TemplateDialog) {
        switch dialog {
        case .template(let template):
            // By its name: categories may have come and gone while the form was open.
            let name = form["category"]
            let category = categories.first { $0.category.name == name }?.category
            if category == nil, form.choice("category") != 0 { return say("that category is gone", .statusWarning) }
            let draft = TemplateDraft(
                name: form["name"], description: form["description"], cores: Self.number(form["cores"]),
                memoryGB: Self.number(form["memory"]), storageGB: Self.number(form["storage"]),
                categoryID: form.choice("category") == 0 ? nil : category?.id)
            if let template {
                change(.template(.update(template.id, draft)), "change template \(template.name)")
            } else {
                change(.template(.create(draft)), "new template \(draft.name)")
            }
        case .category(let category):
            let draft = CategoryDraft(name: form["name"], description: form["description"])
            if let category {
                change(.template(.updateCategory(category.id, draft)), "change category \(category.name)")
            } else {
                change(.template(.createCategory(draft)), "new category \(draft.name)")
            }
        case .delete(let template): change(.template(.delete(template.id)), "delete template \(template.name)")
        case .deleteCategory(let category):
            change(.template(.deleteCategory(category.id)), "delete category \(category.name)")
        }
    }

    private static func number(_ text: String) -> Int { Int(text.trimmingSpaces) ?? 0 }
}
