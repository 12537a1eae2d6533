import CLibvirt
import Glibc

/// libvirt's event loop, one for the process: it delivers events, and without it keep-alive would close every
/// connection.
enum EventLoop {
    /// Starts the loop, once. It must have been started before the first connection is opened.
    static func start() { _ = started }

    private static let started: Bool = {
        // Otherwise libvirt prints every error on standard error.
        unsafe virSetErrorFunc(nil) { @Sendable _, _ in }
        virInitialize()
        guard virEventRegisterDefaultImpl() == 0 else { return false }
        startThread {
            while true {
                // A failure is one of `poll`; it must not become a busy loop.
                if virEventRunDefaultImpl() < 0 { usleep(100_000) }
            }
        }
        return true
    }()
}
