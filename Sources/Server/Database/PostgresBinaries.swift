import Glibc

/// Where PostgreSQL's server programs are. Debian keeps them out of `PATH`, a folder for each version.
struct PostgresBinaries {
    let directory: String
    let majorVersion: Int

    var initdb: String { directory + "/initdb" }
    var postgres: String { directory + "/postgres" }

    /// The programs for data that PostgreSQL `version` made; for new data (nil), and where that version is not installed, the
    /// newest. A host that was upgraded has two versions side by side, and data belong to one of them.
    static func find(for version: Int? = nil) throws(PrivateClusterError) -> PostgresBinaries {
        let candidates = children(of: "/usr/lib/postgresql").compactMap { name in
            Int(name).map { PostgresBinaries(directory: "/usr/lib/postgresql/\(name)/bin", majorVersion: $0) }
        }
        // Other systems, and builds by hand, are known to `pg_config`.
        if let found = choose(from: candidates.filter(\.isComplete), for: version) { return found }
        if let directory = outputLine(["pg_config", "--bindir"]), let version = outputLine(["pg_config", "--version"]),
            let number = version.split(separator: " ").dropFirst().first?.prefix(while: \.isNumber),
            let major = Int(number)
        {
            let found = PostgresBinaries(directory: directory, majorVersion: major)
            if found.isComplete { return found }
        }
        throw .noBinaries
    }

    static func choose(from candidates: [PostgresBinaries], for version: Int?) -> PostgresBinaries? {
        candidates.first { $0.majorVersion == version } ?? candidates.max { $0.majorVersion < $1.majorVersion }
    }

    private var isComplete: Bool { isExecutable(initdb) && isExecutable(postgres) }
}
