extension Document {
    func validate(against types: TypeSystem, _ limits: Limits, _ source: [UInt8]) throws(RequestError) {}
}
