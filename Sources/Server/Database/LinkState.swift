/// Whether PostgreSQL can be reached, and why not.
public enum LinkState: Equatable, Sendable {
    case connecting
    case up
    case down(reason: String)
}
