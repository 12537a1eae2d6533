/// The statements under way on one connection, oldest first.
struct RequestQueue {
    private var requests: [Request] = []
    /// Those before it are done.
    private var head = 0

    var isEmpty: Bool { head == requests.count }
    var first: Request? { isEmpty ? nil : requests[head] }

    mutating func append(_ request: Request) { requests.append(request) }

    mutating func removeFirst() -> Request {
        let request = requests[head]
        head += 1
        if isEmpty {
            requests.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 512 {
            requests.removeFirst(head)
            head = 0
        }
        return request
    }

    mutating func removeAll() -> ArraySlice<Request> {
        defer { (requests, head) = ([], 0) }
        return requests[head...]
    }
}
