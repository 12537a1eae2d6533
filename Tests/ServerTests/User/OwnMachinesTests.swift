import Core
import Foundation
import Postgres
import Server
import TestSupport
import Testing

/// What a user sees of events and figures: those of their own machines.
@Suite struct OwnMachinesTests {
    @Test func `events and figures of others' machines are nobody's business`() async throws {
        try await World.with(bcryptCost: 4) { world in
            let machines = try await world.adopt("alpha", "beta")
            let (own, other) = (machines[0].id, machines[1].id)
            let user = try await world.services.users.create(
                User(id: User.ID(""), email: "ada@example.org", firstName: "Ada", lastName: ""),
                password: "correct horse", by: world.admin)
            try await world.services.database.execute(
                "UPDATE \"Machine\" SET \"userId\" = \(user.id.rawValue) WHERE id = \(own.rawValue)")
            let ada = Caller(name: user.email, role: .user, userID: user.id.rawValue)
            let store = world.services.events

            let past = try await store.events(before: nil, limit: 100, scope: ada.machineScope)
            #expect(!past.isEmpty && past.allSatisfy { $0.resourceID == own.rawValue })
            #expect(try await store.events(after: 0, limit: 100, scope: ada.machineScope) == past.reversed())
            #expect(try await store.events(after: 0, limit: 100).count > past.count)

            let follower = EventFollower(hub: world.services.hub, store: store, after: 0, scope: ada.machineScope)
            for name in ["other", "own"] {
                _ = try await world.services.machines.rename(name == "own" ? own : other, to: name, by: world.admin)
            }
            var seen: [String] = []
            for try await event in follower {
                seen.append(event.resourceID)
                if event.resourceName == "own" { break }
            }
            #expect(Set(seen) == [own.rawValue] && seen.count == past.count + 1)

            #expect(try await world.services.machines.store.visible([own, other], in: ada.machineScope) == [own])
            #expect(try await world.services.machines.store.visible([own, other], in: .all) == [own, other])
        }
    }
}
