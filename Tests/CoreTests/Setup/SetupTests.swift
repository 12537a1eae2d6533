import Core
import Testing

@Suite struct SetupTests {
    @Test func `images are known by their names`() {
        let readiness = Readiness(
            files: ["win10.iso", "WINDOWS10.ISO", "fedora.iso", "debian.iso", "ubuntu.iso.part", "ubuntu", ".iso"])
        #expect(readiness.available == [.windows10, .fedora] && readiness.missing == [.windows11, .ubuntu])
        #expect(readiness.isReady && !Readiness(files: []).isReady)
    }

    @Test func `a setup code is long, and only itself`() {
        var random = SystemRandomNumberGenerator()
        let code = SetupCode(using: &random)
        #expect(code.text.count == 29)
        #expect(code.matches(code.text))
        #expect(
            !code.matches("") && !code.matches(String(code.text.dropLast()) + "!") && !code.matches(code.text + "2"))
        #expect(SetupCode(using: &random) != code)
    }
}
