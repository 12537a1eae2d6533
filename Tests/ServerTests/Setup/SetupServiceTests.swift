import Core
import Foundation
import GraphQL
import Postgres
import Server
import TestSupport
import Testing

@Suite struct SetupServiceTests {
    private func service(images: String = "/nonexistent") async throws -> SetupService {
        let database = try await TestDatabase.make()
        let clock = SystemClock()
        let users = UserService(
            store: UserStore(database: database), hasher: PasswordHasher(cost: 4), attempts: LoginAttempts(clock: clock)
        ) { UUID().uuidString.lowercased() }
        var random = SystemRandomNumberGenerator()
        return SetupService(
            database: database, users: users, imageDirectory: images, code: SetupCode(using: &random))
    }

    private static let ann = User(id: User.ID(""), email: "ann@example.org", firstName: "Ann", lastName: "")
    private static let password = "correct horse"

    @Test func `the code makes the first SUPER_ADMIN, and nobody after that`() async throws {
        let setup = try await service()
        #expect(try await !setup.isSetUp())
        for wrong in [nil, "", "no"] {
            await #expect(throws: SetupError.wrongCode) {
                try await setup.makeFirstAdministrator(Self.ann, password: Self.password, code: wrong, by: nil)
            }
        }
        let made = try await setup.makeFirstAdministrator(
            Self.ann, password: Self.password, code: setup.code.text, by: nil)
        #expect(made.role == .superAdmin && made.email == "ann@example.org")
        #expect(try await setup.isSetUp())
        await #expect(throws: SetupError.alreadySetUp) {
            try await setup.makeFirstAdministrator(
                Self.ann, password: Self.password, code: setup.code.text, by: nil)
        }
    }

    @Test func `who is the host needs no code, who is a user does`() async throws {
        let setup = try await service()
        await #expect(throws: SetupError.wrongCode) {
            try await setup.makeFirstAdministrator(
                Self.ann, password: Self.password, code: nil, by: Caller(name: "local:eve", role: .user))
        }
        let root = Caller(name: "local:root", role: .superAdmin)
        await #expect(throws: SetupError.incomplete) {
            try await setup.makeFirstAdministrator(Self.ann, password: "", code: nil, by: root)
        }
        let made = try await setup.makeFirstAdministrator(Self.ann, password: Self.password, code: nil, by: root)
        #expect(made.role == .superAdmin)
    }

    @Test func `of many who set up at once, one does`() async throws {
        let setup = try await service()
        let made = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<6 {
                group.addTask {
                    var user = Self.ann
                    user.email = "u\(number)@example.org"
                    let made = try? await setup.makeFirstAdministrator(
                        user, password: Self.password, code: setup.code.text, by: nil)
                    return made != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
    }

    @Test func `images make a server ready, empty files and other names do not`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "bay-iso-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let setup = try await service(images: directory.path)
        #expect(await setup.readiness() == Readiness(files: []))
        try Data("x".utf8).write(to: directory.appending(path: "ubuntu.iso"))
        try Data().write(to: directory.appending(path: "fedora.iso"))
        try Data("x".utf8).write(to: directory.appending(path: "other.iso"))
        #expect(await setup.readiness().available == [.ubuntu])
        #expect(await (try service()).readiness().available.isEmpty)
    }
}
