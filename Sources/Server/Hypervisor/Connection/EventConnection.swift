import CLibvirt
import Core
import Glibc

/// The connection that events arrive on. It makes no calls that could take long, so that events are never late.
@safe final class EventConnection: Sendable {
    let connection: Connection
    /// Why the connection was lost; yields once.
    let losses: AsyncStream<String>
    private let loss: AsyncStream<String>.Continuation
    private let lifecycleID: Int32

    /// Opens and registers; blocks. `deliver` is called on libvirt's event thread and must be quick.
    init(
        on connection: Connection, deliver: @escaping @Sendable (DomainEvent) -> Void
    ) throws(LibvirtError) {
        self.connection = connection
        (losses, loss) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))

        let events = unsafe Unmanaged.passRetained(EventBox(deliver)).toOpaque()
        let id = unsafe virConnectDomainEventRegisterAny(
            connection.pointer, nil, Int32(VIR_DOMAIN_EVENT_ID_LIFECYCLE.rawValue),
            unsafeBitCast(lifecycleCallback, to: virConnectDomainEventGenericCallback.self), events, releaseEventBox)
        guard id >= 0 else {
            let error = LibvirtError.last("virConnectDomainEventRegisterAny")
            unsafe Unmanaged<EventBox>.fromOpaque(events).release()
            throw error
        }
        lifecycleID = id

        let losses = unsafe Unmanaged.passRetained(LossBox(loss)).toOpaque()
        if unsafe virConnectRegisterCloseCallback(connection.pointer, closeCallback, losses, releaseLossBox) < 0 {
            // Drivers inside of this process cannot go away, and have no such callback.
            virResetLastError()
            unsafe Unmanaged<LossBox>.fromOpaque(losses).release()
        }
    }

    /// Says that the connection is of no use any more; for those who notice first.
    func lose(_ reason: String) { loss.yield(reason) }

    /// Takes the callbacks back, each of which keeps the connection open. Blocks.
    func close() {
        unsafe _ = virConnectUnregisterCloseCallback(connection.pointer, closeCallback)
        unsafe _ = virConnectDomainEventDeregisterAny(connection.pointer, lifecycleID)
        virResetLastError()
        loss.finish()
    }
}

private final class EventBox: Sendable {
    let deliver: @Sendable (DomainEvent) -> Void
    init(_ deliver: @escaping @Sendable (DomainEvent) -> Void) { self.deliver = deliver }
}

private final class LossBox: Sendable {
    let loss: AsyncStream<String>.Continuation
    init(_ loss: AsyncStream<String>.Continuation) { self.loss = loss }
}

private let lifecycleCallback: virConnectDomainEventCallback = { @Sendable _, domain, event, detail, context in
    guard let domain = unsafe domain, let context = unsafe context, let kind = DomainEvent.Kind(libvirt: Int(event))
    else { return 0 }
    let box = unsafe Unmanaged<EventBox>.fromOpaque(context).takeUnretainedValue()
    box.deliver(
        DomainEvent(
            uuid: unsafe domainUUID(domain), name: unsafe domainName(domain), kind: kind, detail: Int(detail),
            at: .now()))
    return 0
}

private let closeCallback: virConnectCloseFunc = { @Sendable _, reason, context in
    guard let context = unsafe context else { return }
    let why =
        switch UInt32(bitPattern: reason) {
        case VIR_CONNECT_CLOSE_REASON_ERROR.rawValue: "the connection to libvirt failed"
        case VIR_CONNECT_CLOSE_REASON_EOF.rawValue: "libvirt closed the connection"
        case VIR_CONNECT_CLOSE_REASON_KEEPALIVE.rawValue:
            "libvirt has not answered for \(Connection.KeepAlive.interval * Int32(Connection.KeepAlive.count)) s"
        default: "the connection to libvirt was closed"
        }
    unsafe Unmanaged<LossBox>.fromOpaque(context).takeUnretainedValue().loss.yield(why)
}

private let releaseEventBox: virFreeCallback = { @Sendable context in
    guard let context = unsafe context else { return }
    unsafe Unmanaged<EventBox>.fromOpaque(context).release()
}

private let releaseLossBox: virFreeCallback = { @Sendable context in
    guard let context = unsafe context else { return }
    unsafe Unmanaged<LossBox>.fromOpaque(context).release()
}

extension Timestamp {
    static func now() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// Nanoseconds of a clock that only goes forward.
func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
