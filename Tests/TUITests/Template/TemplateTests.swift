import Core
import JSON
import Testing

@testable import TUI

/// The lists of templates and categories, their forms and what they ask of the server.
@Suite struct TemplateTests {
    private func stage(_ role: UserRole = .admin) -> Stage {
        var stage = Stage(role: role)
        stage.openList("5")
        return stage
    }

    @Test func `templates show the names of their categories, whichever comes first`() {
        for categoriesFirst in [true, false] {
            var stage = Stage(role: .admin)
            stage.press(.character("5"))
            if categoriesFirst { stage.answer(.categories(Stage.categories)) { $0 == .template(.categories) } }
            stage.answerResources()
            #expect(stage.rowNames == ["bare", "builder", "small"])
            #expect(stage.console.lists[.templates]?.rows["t1"]?.texts["category"] == "Office")
        }
    }

    @Test func `a template is made of what the form holds`() {
        var stage = stage()
        stage.press(.character("+"))
        for (field, text) in [("name", "large"), ("cores", "8"), ("memory", "32"), ("storage", "200")] {
            stage.fill(field, text)
        }
        // none, Development, Empty, Office
        stage.press(.tab, .right, .right, .right)
        stage.fill("description", "for many windows")
        stage.press(.enter)
        let draft = TemplateDraft(
            name: "large", description: "for many windows", cores: 8, memoryGB: 32, storageGB: 200,
            categoryID: Stage.categories[0].category.id)
        #expect(stage.changes == [.template(.create(draft))])
        stage.answer(.done) { $0.isMutation }
        #expect(stage.note == "new template large: done")
        #expect(stage.take { $0 == .template(.list(skip: 0)) }.count == 1)
    }

    @Test(arguments: [
        ("name", "small", "exists already"), ("name", " ", "empty"), ("cores", "65", "1 to 64"),
        ("cores", "two", "no whole number"), ("memory", "0", "1 to 512"), ("storage", "1025", "1 to 1024"),
    ])
    func `a field says what is wrong with it while it is typed`(field: String, text: String, problem: String) {
        var stage = stage()
        stage.press(.character("+"))
        stage.fill(field, text)
        #expect(stage.problem(field)?.contains(problem) == true, "\(stage.problem(field) ?? "nothing")")
        #expect(stage.dialog?.form?.fields.count { $0.problem != nil } == 1, "others were not touched")
        stage.press(.enter)
        #expect(stage.changes.isEmpty && stage.dialog != nil)
    }

    @Test func `a change begins with what there is`() {
        var stage = stage()
        stage.choose("small")
        stage.press(.character("e"))
        stage.fill("memory", "8")
        stage.press(.enter)
        let draft = TemplateDraft(
            name: "small", description: "a small desk", cores: 2, memoryGB: 8, storageGB: 40,
            categoryID: Stage.categories[0].category.id)
        #expect(stage.changes == [.template(.update(Stage.templates[0].template.id, draft))])
    }

    @Test func `a template with machines and a category with templates are not deleted, and say why`() {
        var stage = stage()
        stage.choose("small")
        stage.press(.character("D"))
        #expect(stage.note?.contains("3 machines were made") == true && stage.dialog == nil)
        stage.choose("builder")
        stage.press(.character("D"), .character("y"))
        #expect(stage.take(\.isMutation) == [.template(.delete(Stage.templates[1].template.id))])
        stage.press(.tab)
        stage.choose("Office")
        stage.press(.character("D"))
        #expect(stage.note?.contains("still has 1 template") == true && stage.dialog == nil)
        stage.choose("Empty")
        stage.press(.character("D"))
        #expect(stage.dialog?.isDangerous == true)
        stage.press(.character("y"))
        #expect(stage.changes == [.template(.deleteCategory(Stage.categories[2].category.id))])
    }

    @Test func `categories are made and changed, and enter shows what is in one`() {
        var stage = stage()
        stage.press(.tab, .character("+"))
        stage.fill("name", "office")
        #expect(stage.problem("name")?.contains("exists already") == true)
        stage.fill("name", "Labs")
        stage.press(.enter)
        #expect(stage.take(\.isMutation) == [.template(.createCategory(CategoryDraft(name: "Labs", description: "")))])
        stage.choose("Development")
        stage.press(.character("e"))
        stage.fill("description", "compilers")
        stage.press(.enter)
        #expect(
            stage.take(\.isMutation) == [
                .template(
                    .updateCategory(
                        Stage.categories[1].category.id, CategoryDraft(name: "Development", description: "compilers")))
            ])
        stage.press(.enter)
        #expect(stage.console.screen == .resource(.templates) && stage.rowNames == ["builder"])
    }

    @Test func `an event of either asks for both`() {
        var stage = stage()
        for (index, resource) in ["template", "category"].enumerated() {
            stage.happen(
                EventRecord(
                    id: 101 + EventRecord.ID(index), at: Stage.start, resource: resource, action: "update",
                    resourceID: "x", resourceName: "x", actor: "anna", message: "changed"))
            #expect(stage.take { $0 == .template(.list(skip: 0)) || $0 == .template(.categories) }.count == 2)
            stage = self.stage()
        }
    }

    @Test func `templates are for administrators`() {
        var stage = Stage(role: .user)
        stage.press(.character("5"))
        #expect(stage.note == "templates: needs the role ADMIN, yours is USER")
        #expect(stage.console.screen == .machines)
        #expect(stage.take { if case .template = $0 { true } else { false } }.isEmpty)
    }

    @Test func `what the server answers is read`() {
        let templates = """
            {"data": {"machineTemplates": [{"id": "t1", "name": "small", "description": null, "cores": 2, "ram": 4,
             "storage": 40, "categoryId": "c0", "createdAt": "2026-11-24T10:00:00Z", "totalMachines": 3}]}}
            """
        guard case .success(.templates(let rows)) = Operation.template(.list(skip: 0)).decode(Array(templates.utf8))
        else {
            Issue.record("not read")
            return
        }
        #expect(rows.first?.template.memoryGB == 4 && rows.first?.machines == 3)
        let categories = """
            {"data": {"machineTemplateCategories": [{"id": "c0", "name": "Office", "description": "x",
             "createdAt": "2026-11-24T10:00:00Z", "totalTemplates": 1, "totalMachines": null}]}}
            """
        guard case .success(.categories(let found)) = Operation.template(.categories).decode(Array(categories.utf8))
        else {
            Issue.record("not read")
            return
        }
        #expect(found.first?.templates == 1 && found.first?.machines == 0)
    }
}
