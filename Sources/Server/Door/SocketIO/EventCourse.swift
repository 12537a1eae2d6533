import Core
import Synchronization

/// How far the events have been told, so that it is certain for each connection which is the first that it hears.
///
/// Who comes in while events are being told hears none of these: they happened before. Letting in and beginning to tell are
/// one after the other, never at once.
final class EventCourse: Sendable {
    private let position: Mutex<EventRecord.ID>

    init(at id: EventRecord.ID) { position = Mutex(id) }

    /// The newest event that has been told, or is being told now.
    var now: EventRecord.ID { position.withLock { $0 } }

    /// Begins to tell the events up to `id`. Those who come in from now on hear what comes behind it.
    func advance(to id: EventRecord.ID, _ body: () -> Void) {
        position.withLock { position in
            position = max(position, id)
            body()
        }
    }

    /// Lets somebody in who has heard everything up to `id`, or for nil whoever wants to hear what comes from now on.
    ///
    /// - Parameter body: is given the last event that it does not hear.
    /// - Returns: False where events behind `id` have been told meanwhile: then nobody was let in.
    func enter(after id: EventRecord.ID?, _ body: (EventRecord.ID) -> Void) -> Bool {
        position.withLock { position in
            if let id, position > id { return false }
            body(id ?? position)
            return true
        }
    }
}
