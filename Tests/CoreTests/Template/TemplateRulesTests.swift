import Core
import Testing

@Suite struct TemplateRulesTests {
    private static let good = TemplateDraft(name: "Office", cores: 4, memoryGB: 8, storageGB: 64)

    @Test func `a draft loses the space around its texts and a category that is none`() throws {
        var draft = Self.good
        draft.name = "  Office "
        draft.description = "  "
        draft.categoryID = TemplateCategory.ID("")
        #expect(try draft.checked() == Self.good)
    }

    @Test(arguments: [(0, 8, 64), (65, 8, 64), (4, 0, 64), (4, 513, 64), (4, 8, 0), (4, 8, 1025), (-1, -1, -1)])
    func `sizes have bounds`(cores: Int, memory: Int, storage: Int) {
        var draft = Self.good
        draft.cores = cores
        draft.memoryGB = memory
        draft.storageGB = storage
        #expect(throws: TemplateError.self) { try draft.checked() }
    }

    @Test func `the bounds themselves are allowed`() throws {
        for (cores, memory, storage) in [(1, 1, 1), (64, 512, 1024)] {
            _ = try TemplateDraft(name: "x", cores: cores, memoryGB: memory, storageGB: storage).checked()
        }
    }

    @Test func `a form is told what is wrong in words`() {
        #expect(TemplateRules.problem(cores: 4) == nil)
        #expect(TemplateRules.problem(cores: 65) == "cores must be 1 to 64, not 65")
        #expect(TemplateRules.problem(memoryGB: 0) == "memory in GB must be 1 to 512, not 0")
        #expect(TemplateRules.problem(storageGB: 2000) == "storage in GB must be 1 to 1024, not 2000")
        #expect(TemplateRules.problem(name: "") == "the template's name is empty")
        #expect(TemplateRules.problem(categoryName: " ") == "the category's name is empty")
        #expect(TemplateRules.problem(description: "two\nlines") == nil)
        #expect(TemplateRules.problem(description: "a\u{1B}[2J") == "the description holds control characters")
    }
}
