import Core
import Testing

@Suite struct SettingsRulesTests {
    @Test func `a change that names nothing is no problem`() {
        #expect(SettingsChange().problem == nil)
        #expect(SettingsChange(logoURL: .some(nil)).problem == nil)
    }

    @Test func `themes and sizes are words of a list`() {
        #expect(SettingsRules.problem(theme: "dark") == nil)
        #expect(SettingsRules.problem(theme: "pink") == "theme must be one of light, dark, system")
        #expect(SettingsRules.problem(interfaceSize: "xxl") == "interface size must be one of sm, md, lg, xl")
    }

    @Test(arguments: ["", "../x.jpg", "a/b.jpg", "a\\b.jpg", ".hidden", "a\nb", String(repeating: "x", count: 256)])
    func `a wallpaper is a file's name`(name: String) {
        #expect(SettingsRules.problem(wallpaper: name) != nil)
    }

    @Test func `a logo is where browsers may look`() {
        for good in ["https://example.com/l.svg", "/logo.png", "data:image/png;base64,AA=="] {
            #expect(SettingsRules.problem(logoURL: good) == nil, "\(good)")
        }
        for bad in ["javascript:alert(1)", "//evil.example", "data:text/html,x", "https://a b", "logo.png"] {
            #expect(SettingsRules.problem(logoURL: bad) != nil, "\(bad)")
        }
    }
}
