import Testing

@testable import Postgres

struct PostgresBinariesTests {
    private let installed = [15, 17, 16].map {
        PostgresBinaries(directory: "/usr/lib/postgresql/\($0)/bin", majorVersion: $0)
    }

    @Test func `data keep the version that made them`() {
        #expect(PostgresBinaries.choose(from: installed, for: 15)?.directory == "/usr/lib/postgresql/15/bin")
    }

    @Test func `new data get the newest version`() {
        #expect(PostgresBinaries.choose(from: installed, for: nil)?.majorVersion == 17)
    }

    @Test func `data of a version that is gone get the newest, so that the refusal can name it`() {
        #expect(PostgresBinaries.choose(from: installed, for: 14)?.majorVersion == 17)
        #expect(PostgresBinaries.choose(from: [], for: 14) == nil)
    }
}
