package import Core

/// The list of machines with the departments at its left: what is chosen, how it is sorted, what the filter says.
package struct MachineList: Equatable, Sendable {
    package enum Pane: Equatable, Sendable { case table, tree }

    package var table = Table<Int>(columns: MachineColumns.standard, sort: TableSort("name"))
    package var tree = Tree<FleetScope>()
    package private(set) var scope = FleetScope.all
    package var pane = Pane.table
    package private(set) var filter = MachineFilter("")
    /// The field that is typed in now, if the filter is being edited.
    package var field: TextField?
    /// The revision of the fleet that the rows were made from.
    private var seen = -1

    package init() {}

    package var key: FleetKey { table.sort.flatMap { FleetKey(rawValue: $0.column) } ?? .name }
    /// Whether rows move with figures.
    package var isLive: Bool { key.isLive || filter.usesFigures }

    /// The rows that are in view.
    package var visible: [Int] { table.scroller.visible(in: table.height).map { table.rows[$0] } }

    package mutating func refresh(_ fleet: inout Fleet) {
        seen = fleet.revision
        table.keepMarks { fleet.entries[$0].isPresent }
        table.setRows(
            fleet.places(
                in: scope, matching: filter, by: key, descending: table.sort?.descending ?? false))
    }

    package mutating func refreshTree(_ fleet: Fleet) {
        var items = [item(.all, "All", fleet.total)]
        for department in fleet.orderedDepartments {
            items.append(
                item(.department(department.id), department.name, fleet.counts[department.id] ?? MachineCounts(), 1))
        }
        if fleet.unmanaged.total > 0 { items.append(item(.unmanaged, "Not adopted", fleet.unmanaged)) }
        tree.setItems(items)
        _ = tree.select(scope)
    }

    private func item(
        _ scope: FleetScope, _ name: String, _ counts: MachineCounts, _ depth: Int = 0
    ) -> TreeItem<FleetScope> {
        let mark: Span =
            counts.other > 0
            ? Span("✗ ", .danger)
            : counts.running > 0 ? Span("● ", .good) : counts.suspended > 0 ? Span("◐ ", .warning) : Span("○ ", .muted)
        return TreeItem(
            scope, depth: depth, label: [mark, Span(name)],
            detail: [Span("\(counts.running)", counts.running > 0 ? .good : .muted), Span("/\(counts.total)", .muted)])
    }

    package mutating func setScope(_ scope: FleetScope, _ fleet: inout Fleet) {
        self.scope = scope
        _ = tree.select(scope)
        refresh(&fleet)
    }

    package mutating func setFilter(_ text: String, _ fleet: inout Fleet) {
        filter = MachineFilter(text)
        refresh(&fleet)
    }

    package mutating func sort(by column: String, _ fleet: inout Fleet) {
        table.toggleSort(column)
        // Who sorts by a figure looks for the highest.
        if FleetKey(rawValue: column)?.isLive == true, table.sort == TableSort(column) {
            table.sort = TableSort(column, descending: true)
        }
        refresh(&fleet)
    }

    package mutating func sortNext(_ fleet: inout Fleet) {
        let sortable = table.columns.filter(\.sortable)
        let index = sortable.firstIndex { $0.id == table.sort?.column } ?? -1
        let next = sortable[(index + 1) % sortable.count].id
        table.sort = TableSort(next, descending: FleetKey(rawValue: next)?.isLive ?? false)
        refresh(&fleet)
    }
}
