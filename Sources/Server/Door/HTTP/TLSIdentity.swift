package import Core
import FoundationEssentials
import Logging
import NIOPosix
import NIOSSL
import Synchronization

/// Why certificate and key cannot be used.
package enum TLSError: Error, Equatable {
    case unreadable(path: String, reason: String)
    case noCertificate(path: String)
    case noKey(path: String)
    /// bayd starts without anybody who could type a password.
    case encryptedKey(path: String)
    case mismatch(TLSFiles)
    case unusable(TLSFiles, reason: String)

    package var message: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .noCertificate(let path): "\(path) holds no certificate in PEM"
        case .noKey(let path): "\(path) holds no private key in PEM"
        case .encryptedKey(let path): "the key in \(path) is encrypted"
        case .mismatch(let files): "the key in \(files.key) is not that of the certificate in \(files.certificate)"
        case .unusable(let files, let reason): "\(files.certificate) cannot be used: \(reason)"
        }
    }

    package var advice: String {
        switch self {
        case .unreadable: "correct TLS_CERTIFICATE and TLS_KEY, or let bayd's user read the files"
        case .noCertificate:
            "TLS_CERTIFICATE has to name a file with the certificate and those between it and its authority"
        case .noKey: "TLS_KEY has to name a file with the certificate's private key"
        case .encryptedKey: "write it without a password: openssl pkey -in OLD -out NEW"
        case .mismatch, .unusable: "TLS_CERTIFICATE and TLS_KEY have to name two files that belong together"
        }
    }
}

/// The certificate that the HTTP door shows, with its key: read at the start, and again when the files have changed.
package final class TLSIdentity: Sendable {
    /// How often the files are looked at. Certificates are renewed weeks before the old one ends.
    static let interval = Duration.seconds(60)

    private struct State {
        var reading: Reading
        /// The files when they were looked at last, whether they were any good or not.
        var seen: [FileStamp]
    }

    private struct Reading {
        var context: NIOSSLContext
        var end: Int
    }

    private let files: TLSFiles
    private let state: Mutex<State>

    package init(_ files: TLSFiles) throws(TLSError) {
        self.files = files
        // First, so that what changes while they are read is read again.
        let stamps = FileStamp.of(files)
        state = Mutex(State(reading: try Self.read(files), seen: stamps))
    }

    /// What new connections are encrypted with.
    var context: NIOSSLContext { state.withLock { $0.reading.context } }

    /// When the certificate ends.
    package var end: Timestamp { Timestamp(milliseconds: Int64(state.withLock { $0.reading.end }) * 1000) }

    /// Reads the files again if they have changed since they were looked at, and says whether there is another certificate
    /// now. One that cannot be used changes nothing.
    package func refresh() throws(TLSError) -> Bool {
        let stamps = FileStamp.of(files)
        let isNew = state.withLock { state in
            defer { state.seen = stamps }
            return state.seen != stamps
        }
        guard isNew else { return false }
        let reading = try Self.read(files)
        state.withLock { $0.reading = reading }
        return true
    }

    /// Looks at the files now and then until the task is cancelled.
    func follow(log: Logger) async {
        while (try? await Task.sleep(for: Self.interval)) != nil {
            let change = try? await NIOThreadPool.singleton.runIfActive {
                Result { () throws(TLSError) in try self.refresh() }
            }
            switch change {
            case .success(true): log.notice("a new certificate is in use", metadata: ["file": "\(files.certificate)"])
            case .failure(let error):
                log.error("a new certificate is not used; the old one stays", metadata: ["reason": "\(error.message)"])
            case .success(false), nil: break
            }
        }
    }

    private static func read(_ files: TLSFiles) throws(TLSError) -> Reading {
        let chain: [NIOSSLCertificate]
        let bytes = try bytes(of: files.certificate)
        do { chain = try NIOSSLCertificate.fromPEMBytes(bytes) } catch {
            throw .noCertificate(path: files.certificate)
        }
        guard let own = chain.first else { throw .noCertificate(path: files.certificate) }
        let key = try key(in: files.key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return Reading(context: try NIOSSLContext(configuration: configuration), end: own.notValidAfter)
        } catch NIOSSLError.failedToLoadPrivateKey {
            // Read it was; what it does not do is fit.
            throw .mismatch(files)
        } catch {
            throw .unusable(files, reason: "\(error)")
        }
    }

    private static func key(in path: String) throws(TLSError) -> NIOSSLPrivateKey {
        let bytes = try bytes(of: path)
        // BoringSSL would ask for the password on standard input.
        if String(decoding: bytes, as: UTF8.self).contains("ENCRYPTED") { throw .encryptedKey(path: path) }
        do { return try NIOSSLPrivateKey(bytes: bytes, format: .pem) } catch { throw .noKey(path: path) }
    }

    private static func bytes(of path: String) throws(TLSError) -> [UInt8] {
        do { return [UInt8](try Data(contentsOf: URL(filePath: path))) } catch {
            throw .unreadable(path: path, reason: error.words)
        }
    }
}

/// By what a file that was written again is told from the one before.
private struct FileStamp: Equatable {
    var number: UInt64?
    var size: UInt64?
    var written: Date?

    init(_ path: String) {
        // Nothing where there is no such file: that is a state, too.
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        number = attributes?[.systemFileNumber] as? UInt64
        size = attributes?[.size] as? UInt64
        written = attributes?[.modificationDate] as? Date
    }

    static func of(_ files: TLSFiles) -> [FileStamp] { [FileStamp(files.certificate), FileStamp(files.key)] }
}
