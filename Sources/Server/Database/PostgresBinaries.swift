import Glibc

/// Where PostgreSQL's server programs are. Debian keeps them out of `PATH`, a folder for each version.
struct PostgresBinaries {
    let directory: String
    let majorVersion: Int

    var initdb: String { directory + "/initdb" }
    var postgres: String { directory + "/postgres" }

    static func find() throws(PrivateClusterError) -> PostgresBinaries {
        var candidates = children(of: "/usr/lib/postgresql").compactMap { name in
            Int(name).map { PostgresBinaries(directory: "/usr/lib/postgresql/\(name)/bin", majorVersion: $0) }
        }
        // The newest version comes first. Other systems, and builds by hand, are known to `pg_config`.
        candidates.sort { $0.majorVersion > $1.majorVersion }
        if let found = candidates.first(where: \.isComplete) { return found }
        if let directory = outputLine(["pg_config", "--bindir"]), let version = outputLine(["pg_config", "--version"]),
            let number = version.split(separator: " ").dropFirst().first?.prefix(while: \.isNumber),
            let major = Int(number)
        {
            let found = PostgresBinaries(directory: directory, majorVersion: major)
            if found.isComplete { return found }
        }
        throw .noBinaries
    }

    private var isComplete: Bool { isExecutable(initdb) && isExecutable(postgres) }
}
