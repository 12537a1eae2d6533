import Core
import Testing

@Suite struct SnapshotRulesTests {
    @Test(arguments: ["a", "before update 2.1", "2026-11-24_nightly", String(repeating: "x", count: 64)])
    func `an ordinary name is fine`(name: String) {
        #expect(SnapshotRules.problem(withName: name) == nil)
    }

    @Test(arguments: [
        "", " a", "a ", ".hidden", "-rf", "a/b", "a\nb", "ü", "../../etc/passwd", "a\u{1B}[31m",
        String(repeating: "x", count: 65),
    ])
    func `a name that could harm is refused`(name: String) {
        #expect(SnapshotRules.problem(withName: name) != nil)
    }

    @Test func `a running machine goes back only when forced`() {
        let machine = Machine(id: .init("m"), name: "m", internalName: "m", status: .running)
        #expect(SnapshotRules.refusalToRestore(on: machine, forced: false) != nil)
        #expect(SnapshotRules.refusalToRestore(on: machine, forced: true) == nil)
    }

    private func snapshot(_ name: String, _ parent: String?, _ at: Int64) -> Snapshot {
        Snapshot(
            name: name, machineID: .init("m"), domainName: "m", createdAt: Timestamp(milliseconds: at), parent: parent,
            state: "shutoff")
    }

    @Test func `a tree lists children under their parents, older first`() {
        let tree = SnapshotTree([
            snapshot("c", "a", 3), snapshot("b", "a", 2), snapshot("d", "b", 4), snapshot("a", nil, 1),
        ])
        #expect(tree.nodes.map(\.snapshot.name) == ["a", "b", "d", "c"])
        #expect(tree.nodes.map(\.depth) == [0, 1, 2, 1])
        #expect(tree.nodes.map(\.isLast) == [true, false, true, true])
    }

    @Test func `strange parents lose no snapshot`() {
        let tree = SnapshotTree([
            snapshot("loop1", "loop2", 1), snapshot("loop2", "loop1", 2), snapshot("orphan", "gone", 3),
            snapshot("self", "self", 4),
        ])
        #expect(Set(tree.nodes.map(\.snapshot.name)) == ["loop1", "loop2", "orphan", "self"])
        #expect(tree.nodes.count == 4)
    }
}
