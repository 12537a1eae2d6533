import GraphQL

extension Pagination {
    /// Which rows are wanted: never more than `maximum`, and `unsaid` when the client did not say how many.
    static func window(
        _ page: Pagination?, unsaid: Int, maximum: Int
    ) throws(FieldError) -> (skip: Int, take: Int) {
        guard let page else { return (0, min(unsaid, maximum)) }
        if page.skip < 0 || page.take < 0 {
            throw FieldError("skip and take of a page must not be negative", code: .badInput)
        }
        return (page.skip, min(page.take, maximum))
    }
}
