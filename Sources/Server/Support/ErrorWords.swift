import FoundationEssentials
import Glibc

extension Error {
    /// Words for people. What Foundation throws for files describes itself at length and in the words of another system.
    var words: String {
        guard let error = self as? CocoaError else { return "\(self)" }
        if let cause = error.underlying as? POSIXError { return cause.text }
        switch error.code {
        case .fileNoSuchFile, .fileReadNoSuchFile: return "no such file or directory"
        case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
        case .fileWriteOutOfSpace: return "no space left on the device"
        case .fileWriteVolumeReadOnly: return "read-only file system"
        case .fileWriteFileExists: return "it exists already"
        default: return "\(error)"
        }
    }
}

extension POSIXError {
    fileprivate var text: String {
        switch code {
        case .ENOENT: "no such file or directory"
        case .EACCES, .EPERM: "permission denied"
        case .ENOSPC, .EDQUOT: "no space left on the device"
        case .EROFS: "read-only file system"
        case .ENOTDIR: "a part of the path is no directory"
        case .EEXIST: "it exists already"
        default: "error \(code.rawValue)"
        }
    }
}
