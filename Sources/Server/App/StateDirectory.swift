import FoundationEssentials
import Glibc

/// The directory that holds what outlives a restart.
enum StateDirectory {
    /// Makes it if there is none: passable for PostgreSQL's user where bayd is root, and closed otherwise.
    static func prepare(_ path: String) throws(ServerError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: geteuid() == 0 ? 0o711 : 0o700])
        } catch {
            throw ServerError("the state directory \(path) cannot be made: \(error.words)")
        }
        if let reason = distrust(path) { throw ServerError("the state directory cannot be used: \(reason)") }
    }

    /// Why a directory that exists is no place for records and keys: somebody else could exchange what is in it.
    static func distrust(_ path: String) -> String? {
        var status = stat()
        // glibc takes a pointer to the path, which lives as long as the call.
        guard unsafe stat(path, &status) == 0 else { return nil }
        if status.st_uid != 0, status.st_uid != geteuid() { return "\(path) belongs to another user" }
        return status.st_mode & 0o002 == 0 ? nil : "anybody may write in \(path)"
    }
}
