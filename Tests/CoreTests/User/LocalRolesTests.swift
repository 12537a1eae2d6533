import Testing

@testable import Core

@Suite struct LocalRolesTests {
    let roles = LocalRoles(
        standard: .user, users: ["alice": .user, "bob": .superAdmin], groups: ["wheel": .superAdmin, "staff": .admin])

    @Test func `an account has its own role before that of its groups`() {
        #expect(roles.role(of: "alice", in: ["wheel"]) == .user)
        #expect(roles.role(of: "bob", in: []) == .superAdmin)
    }

    @Test func `the highest of several groups counts`() {
        #expect(roles.role(of: "carol", in: ["staff", "wheel"]) == .superAdmin)
        #expect(roles.role(of: "carol", in: ["users", "staff"]) == .admin)
    }

    @Test func `everybody else has the standard role`() {
        #expect(roles.role(of: "dave", in: ["users"]) == .user)
        #expect(LocalRoles().role(of: "dave", in: []) == .user)
    }

    @Test func `roles are ordered`() {
        #expect(UserRole.user < .admin && .admin < UserRole.superAdmin)
    }
}
