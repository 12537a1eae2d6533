/// Why Bay cannot have a database server of its own. Each says what to do about it.
public enum PrivateClusterError: Error, Equatable, Sendable {
    case noBinaries
    /// bayd runs as root and there is no user to run the server as.
    case noAccount(String)
    case wrongVersion(data: String, program: Int, directory: String)
    /// Another bayd uses the directory. Its process id, if it wrote one.
    case inUse(directory: String, by: Int?)
    case pathTooLong(String)
    case permission(String)
    case diskFull(String)
    case notInitialized(String)
    /// The server ended while it started; the last lines of its log.
    case exited(String)
    case noAnswer(String)

    public var message: String {
        switch self {
        case .noBinaries: "PostgreSQL's server programs are not installed"
        case .noAccount(let name): "the database server must not run as root and there is no user \"\(name)\""
        case .wrongVersion(let data, let program, let directory):
            "\(directory) was made by PostgreSQL \(data) and the programs are of PostgreSQL \(program)"
        case .inUse(let directory, let owner):
            "another bayd\(owner.map { " (process \($0))" } ?? "") uses the database in \(directory)"
        case .pathTooLong(let path): "the path \(path) is too long for a Unix socket"
        case .permission(let what): what
        case .diskFull(let path): "no space left on the device that holds \(path)"
        case .notInitialized(let text): "initdb failed: \(text)"
        case .exited(let text): "the database server ended while it started: \(text)"
        case .noAnswer(let text): "the database server does not answer: \(text)"
        }
    }

    public var hint: String {
        switch self {
        case .noBinaries: "install the package postgresql, or set DATABASE_URL to a database elsewhere"
        case .noAccount: "install the package postgresql, or set DATABASE_URL to a database elsewhere"
        case .wrongVersion(let data, _, _):
            "install the package postgresql-\(data), or move the data with pg_upgrade"
        case .inUse: "stop the other bayd, or give this one a BAY_STATE_DIR of its own"
        case .pathTooLong: "set BAY_STATE_DIR to a shorter path"
        case .permission: "correct the permissions, or set BAY_STATE_DIR to another directory"
        case .diskFull: "make room, or set BAY_STATE_DIR to a directory elsewhere"
        case .notInitialized, .exited, .noAnswer: "the reason is in server.log in the directory postgres of the state"
        }
    }
}
