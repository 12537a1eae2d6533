import Core
import Glibc

/// The kernel's socket for logged packets, bound to one group of them.
///
/// Sources: linux/netfilter/nfnetlink_log.h, netlink(7). A library would be one more package on each host for the hundred
/// lines that listening to one group takes; the numbers below have been the same since the protocol is there.
struct PacketLogSocket: ~Copyable {
    enum Limit {
        /// As much of a packet as headers are long, with room for options.
        static let bytesOfPacket: UInt32 = 128
        /// What waits in the kernel; more is lost and counted.
        static let buffer: Int32 = 1 << 20
        /// Packets are handed over together, and none waits longer than so many hundredths of a second.
        static let hundredths: UInt32 = 20
    }

    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// - Throws: what the system says, in words.
    static func open(group: UInt16) throws(PacketLogError) -> PacketLogSocket {
        // PF_NETLINK, NETLINK_NETFILTER
        let descriptor = socket(16, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 12)
        guard descriptor >= 0 else { throw PacketLogError(errno) }
        let opened = PacketLogSocket(descriptor: descriptor)
        var size = Limit.buffer
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        // NFULNL_CFG_CMD_BIND, then NFULNL_COPY_PACKET, the time, and numbers that tell of lost packets.
        try opened.request(group, attribute: 1, [1, 0, 0, 0])
        try opened.request(group, attribute: 2, bytes(Limit.bytesOfPacket) + [2, 0])
        try opened.request(group, attribute: 4, bytes(Limit.hundredths))
        try opened.request(group, attribute: 6, [0, 1])
        return opened
    }

    deinit { close(descriptor) }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }

    /// One request about the group, which the kernel answers.
    private func request(_ group: UInt16, attribute: UInt16, _ value: [UInt8]) throws(PacketLogError) {
        func own(_ number: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        var body: [UInt8] = [0, 0, UInt8(group >> 8), UInt8(group & 0xFF)]
        // NFULNL_CFG_CMD is one byte; the padding does not count.
        let length = attribute == 1 ? 1 : value.count
        body += own(4 + length, 2) + own(Int(attribute), 2) + value
        while body.count % 4 != 0 { body.append(0) }
        // NFULNL_MSG_CONFIG of the subsystem for logs; NLM_F_REQUEST and NLM_F_ACK.
        let head = own(16 + body.count, 4) + own(4 << 8 | 1, 2) + own(0x5, 2) + own(0, 8)
        let message = head + body
        let sent = unsafe message.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, 0) }
        guard sent == message.count else { throw PacketLogError(errno) }
        // Packets may come before the answer; nobody has asked for them yet.
        for _ in 0..<1000 {
            guard let bytes = try receive(milliseconds: 2000) else { throw PacketLogError(ETIMEDOUT) }
            guard let answer = PacketLogMessages(bytes).answers.first else { continue }
            if answer == 0 { return }
            throw PacketLogError(answer)
        }
        throw PacketLogError(ETIMEDOUT)
    }

    /// What has come, or nil where nothing does in that time. Blocks.
    func receive(milliseconds: Int32) throws(PacketLogError) -> [UInt8]? {
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&watched, 1, milliseconds) > 0 else { return nil }
        let (bytes, problem) = unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 17, alignment: 16) {
            buffer -> ([UInt8], Int32) in
            let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
            let problem = errno
            guard count >= 0 else { return ([UInt8](), problem) }
            return unsafe (Array(buffer[..<min(count, buffer.count)]), 0)
        }
        if problem == 0 { return bytes }
        if problem == EINTR || problem == EAGAIN { return nil }
        throw PacketLogError(problem)
    }
}

/// Why the kernel tells nothing of packets.
struct PacketLogError: Error, Equatable {
    var code: Int32

    init(_ code: Int32) { self.code = code }

    var message: String {
        switch code {
        // The kernel says the same of both.
        case EPERM: "another program listens to this group (choose another log_group), or bayd lacks CAP_NET_ADMIN"
        case EPROTONOSUPPORT, EINVAL, EOPNOTSUPP: "this kernel has no NFLOG (CONFIG_NETFILTER_NETLINK_LOG)"
        default: unsafe String(cString: strerror(code))
        }
    }
}
