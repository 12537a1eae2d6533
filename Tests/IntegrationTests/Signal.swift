/// Something that one task tells another once.
actor Signal {
    private var isSent = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func send() {
        isSent = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func wait() async {
        if isSent { return }
        await withCheckedContinuation { waiting.append($0) }
    }
}
