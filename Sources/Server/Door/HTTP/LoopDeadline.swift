import NIOCore

/// A time by which something has to have happened, on one event loop. To put it off costs nothing: the timer comes when it was
/// due first, and looks.
final class LoopDeadline {
    private let loop: any EventLoop
    private var expire: (() -> Void)?
    private var time = NIODeadline.distantFuture
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?

    /// - Parameter expire: called when the time has come. It is kept until `cancel`.
    init(on loop: any EventLoop, _ expire: @escaping () -> Void) {
        self.loop = loop
        self.expire = expire
    }

    var isSet: Bool { time != .distantFuture }

    func set(_ time: NIODeadline) {
        self.time = time
        if let timer, timer.at <= time { return }
        timer?.task.cancel()
        schedule(at: time)
    }

    func clear() { time = .distantFuture }

    func cancel() {
        clear()
        timer?.task.cancel()
        (timer, expire) = (nil, nil)
    }

    private func schedule(at time: NIODeadline) {
        timer = (time, loop.assumeIsolated().scheduleTask(deadline: time) { self.timerHasCome() })
    }

    private func timerHasCome() {
        timer = nil
        guard time <= .now() else {
            if isSet { schedule(at: time) }
            return
        }
        clear()
        expire?()
    }
}
