import CPostgres

// Stopping a statement that nobody waits for any more.
extension PostgresConnection {
    /// Stops a statement. It then ends with `.cancelled`, or as it would have if it was faster.
    func cancel(_ request: Request) async {
        guard !request.isDone, isOpen, let wish = handle.cancelRequest() else { return }
        request.isCancelling = true
        request.wasCancelled = true
        // A server that hangs does not take the wish either.
        giveUp(in: ConnectionOptions.cancelWish)
        await blocking { wish.send() }
        if !request.isDone, isOpen { giveUp(in: ConnectionOptions.cancelGrace) }
        request.endCancelling()
    }

    private func giveUp(in time: Duration) {
        giveUpAt = .now + time
        SocketWatch.shared.setDeadline(watch, giveUpAt)
    }
}
