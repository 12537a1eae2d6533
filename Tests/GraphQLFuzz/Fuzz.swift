import GraphQL

/// What libFuzzer calls with bytes of its own making: a document is refused, or printed and read again as the same, and
/// fits the schema of the differential test or does not. `scripts/fuzz.sh` builds and runs it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let source = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    guard let document = try? Document(parsing: source) else { return 0 }
    // What grows when it is printed may grow beyond the limits of a document; its size is not what is tested here.
    var limits = Limits()
    limits.documentBytes = .max
    guard let again = try? Document(parsing: document.printed, limits: limits), again == document else {
        fatalError("printing and parsing are not inverse:\n\(document.printed)")
    }
    try? document.validate(against: types, Limits(), source)
    return 0
}

private let types: TypeSystem = {
    do { return try Schema.build([typesPart, objectsPart, rootsPart]).types } catch { fatalError("\(error)") }
}()
