import Glibc

/// The user that PostgreSQL's server runs as: bayd's own, or `postgres` where bayd is root.
struct ServerAccount {
    let name: String
    let user: uid_t
    let group: gid_t
    /// Whether programs have to be started through `setpriv`, which changes the user.
    let isOther: Bool

    private static let serverUser = "postgres"

    static func current() throws(PrivateClusterError) -> ServerAccount {
        let me = geteuid()
        if me != 0 {
            let name = unsafe getpwuid(me).map { unsafe String(cString: $0.pointee.pw_name) } ?? "bay"
            return ServerAccount(name: name, user: me, group: getegid(), isOther: false)
        }
        guard let entry = unsafe getpwnam(serverUser) else { throw .noAccount(serverUser) }
        return unsafe ServerAccount(
            name: serverUser, user: entry.pointee.pw_uid, group: entry.pointee.pw_gid, isOther: true)
    }

    /// Makes a directory that this user alone (and root) can enter, and makes sure that the user can get there.
    ///
    /// What holds it must not belong to this user: somebody who took over the server could put a link there, and root would
    /// follow it.
    func makeDirectory(_ path: String) throws(PrivateClusterError) {
        try make(path)
        if isOther, unsafe lchown(path, user, group) != 0 {
            throw .permission("cannot give \(path) to the user \(name): \(errorText(errno))")
        }
        unsafe _ = chmod(path, 0o700)
        if let closed = firstClosedDirectory(above: path) {
            throw .permission("the user \(name) cannot enter \(closed)")
        }
    }

    /// Makes a directory of bayd's own that this user can pass through.
    func makePassage(_ path: String) throws(PrivateClusterError) {
        try make(path)
        unsafe _ = chmod(path, isOther ? 0o711 : 0o700)
        if unsafe access(path, W_OK) != 0 { throw .permission("cannot write to \(path): \(errorText(errno))") }
    }

    private func make(_ path: String) throws(PrivateClusterError) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            switch errno {
            case ENOSPC, EDQUOT: throw .diskFull(path)
            case ENOENT: throw .permission("the directory that should hold \(path) does not exist")
            default: throw .permission("cannot make the directory \(path): \(errorText(errno))")
            }
        }
    }

    /// Removes a directory of this user's with all in it, as this user.
    func removeDirectory(_ path: String) {
        guard exists(path) else { return }
        let command = ["/bin/rm", "-rf", "--", path]
        do throws(PrivateClusterError) {
            _ = try spawn(command, output: "/dev/null", workingDirectory: "/").wait(.seconds(60))
        } catch { return }
        // The directory itself lies in one that is not this user's.
        unsafe _ = rmdir(path)
    }

    /// The first directory on the way to `path` that this user must not pass.
    private func firstClosedDirectory(above path: String) -> String? {
        guard isOther else { return nil }
        var place = ""
        for part in path.split(separator: "/").dropLast() {
            place += "/" + part
            var status = stat()
            guard unsafe stat(place, &status) == 0 else { continue }
            let mode = status.st_mode
            let isOpen =
                status.st_uid == user ? mode & 0o100 != 0 : status.st_gid == group ? mode & 0o010 != 0 : mode & 1 != 0
            if !isOpen { return place }
        }
        return nil
    }

    /// Starts a program as this user, its output appended to a file. It leads a session of its own, so that Ctrl-C in
    /// bayd's terminal reaches bayd alone, which then stops the server in good order.
    func spawn(
        _ command: [String], output: String, workingDirectory: String
    ) throws(PrivateClusterError) -> ServerProcess {
        let change = [
            "/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(group)", "--init-groups", "--inh-caps=-all", "--",
        ]
        let id = spawnProcess(
            (isOther ? change : []) + command, output: output, workingDirectory: workingDirectory)
        guard let id else { throw .permission("cannot start \(command[0]): \(errorText(errno))") }
        return ServerProcess(id: id, isChild: true)
    }
}
