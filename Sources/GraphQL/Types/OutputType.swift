public import JSON

/// A Swift type that a field may have: scalars, enums, objects, and optionals and arrays of them.
public protocol GraphQLOutput: Sendable {
    static var outputType: DeclaredType { get }

    /// Whether a value that cannot be had is null, and does not take its parent with it: `outputType` says it, too, but
    /// making one costs more than many a field.
    static var isNullable: Bool { get }

    /// What a batched field has for a parent about whose key the batch said nothing: `nil` for an optional, no elements
    /// for an array, and otherwise nothing, which is an error.
    static var absent: Self? { get }

    /// Whether values of this type have no fields, so that they are written the same way wherever they are asked for.
    static var isLeaf: Bool { get }

    /// Whether the value is null although its type is not an optional: JSON can be.
    var isNull: Bool { get }

    /// Writes a value of a leaf type. `false` when it cannot be had, as in `ValuePlan`.
    func write(leaf output: inout Output) -> Bool

    /// How a leaf that is a property is written. A type that is asked for often has a way of its own, in which the compiler
    /// knows the type: otherwise each value is handed over in memory, and the runtime is asked for its type each time.
    static func leafWriter<Parent: Sendable>(_ value: @escaping @Sendable (Parent) -> Self) -> LeafWrite<Parent>

    /// The same for a property that may be nil.
    static func optionalLeafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Self?
    ) -> LeafWrite<Parent>

    /// How values of this type become JSON at one place of a request.
    static func plan<Context: GraphQLContext>(
        _ site: FieldSite<Context>
    ) throws(RequestError) -> ValuePlan<Context, Self>
}

extension GraphQLOutput {
    public static var absent: Self? { nil }
    public static var isNullable: Bool { false }
    public static var isLeaf: Bool { false }
    public var isNull: Bool { false }
    public func write(leaf output: inout Output) -> Bool { preconditionFailure("\(Self.self) is no leaf") }

    @inlinable public static func leafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Self
    ) -> LeafWrite<Parent> {
        { parent, name, output in
            output.writer.encodedName(name)
            return value(parent).write(leaf: &output)
        }
    }

    @inlinable public static func optionalLeafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Self?
    ) -> LeafWrite<Parent> {
        { parent, name, output in
            output.writer.encodedName(name)
            return value(parent).write(leaf: &output)
        }
    }
}

/// Writes a property of a parent behind its name, which has its quotes and colon. `false` as in `ValuePlan`.
public typealias LeafWrite<Parent> = @Sendable (_ parent: Parent, _ name: [UInt8], inout Output) -> Bool

extension Optional: GraphQLOutput where Wrapped: GraphQLOutput {
    public static var outputType: DeclaredType { Wrapped.outputType.nullable }
    public static var isNullable: Bool { true }
    public static var absent: Wrapped?? { .some(nil) }
    public static var isLeaf: Bool { Wrapped.isLeaf }

    @inlinable public func write(leaf output: inout Output) -> Bool {
        guard let self, !self.isNull else {
            output.writer.null()
            return true
        }
        return output.orNull { output in self.write(leaf: &output) }
    }

    @inlinable public static func leafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Wrapped?
    ) -> LeafWrite<Parent> {
        Wrapped.optionalLeafWriter(value)
    }

    public static func plan<Context: GraphQLContext>(
        _ site: FieldSite<Context>
    ) throws(RequestError) -> ValuePlan<Context, Wrapped?> {
        switch try Wrapped.plan(site) {
        case .direct(let write):
            return .direct { value, execution, output in
                guard let value, !value.isNull else {
                    output.writer.null()
                    return true
                }
                return output.orNull { output in write(value, execution, &output) }
            }
        case .staged(let count, let prepare):
            return .staged(
                count: { value in value.map(count) ?? 0 },
                prepare: { values, execution in
                    var present: [Wrapped] = []
                    let values = values.span
                    for index in values.indices { if let value = values[index] { present.append(value) } }
                    return prepare(present, execution).map { nullable($0) }
                })
        }
    }

    private static func nullable<Context: GraphQLContext>(
        _ write: @escaping ValuePlan<Context, Wrapped>.StagedWrite
    ) -> ValuePlan<Context, Wrapped?>.StagedWrite {
        { value, place, execution, output in
            guard let value else {
                output.writer.null()
                return true
            }
            return output.orNull { output in write(value, &place, execution, &output) }
        }
    }
}

extension Array: GraphQLOutput where Element: GraphQLOutput {
    public static var outputType: DeclaredType { .nonNull(.list(Element.outputType)) }
    public static var absent: [Element]? { [] }
    public static var isLeaf: Bool { Element.isLeaf }

    public func write(leaf output: inout Output) -> Bool {
        output.list(self) { value, output in value.write(leaf: &output) }
    }

    public static func plan<Context: GraphQLContext>(
        _ site: FieldSite<Context>
    ) throws(RequestError) -> ValuePlan<Context, [Element]> {
        switch try Element.plan(site) {
        case .direct(let write):
            return .direct { values, execution, output in
                output.list(values) { value, output in write(value, execution, &output) }
            }
        case .staged(let count, let prepare):
            return .staged(
                count: { values in values.reduce(0) { $0 + count($1) } },
                prepare: { lists, execution in
                    prepare(lists.count == 1 ? lists[0] : lists.flatMap { $0 }, execution).map { listing($0) }
                })
        }
    }

    private static func listing<Context: GraphQLContext>(
        _ write: @escaping ValuePlan<Context, Element>.StagedWrite
    ) -> ValuePlan<Context, [Element]>.StagedWrite {
        { values, place, execution, output in
            output.list(values) { value, output in write(value, &place, execution, &output) }
        }
    }
}

extension Output {
    /// Writes a value that may be replaced by `null` when it fails.
    @inlinable mutating func orNull(_ write: (inout Output) -> Bool) -> Bool {
        let mark = writer.mark
        if !write(&self) {
            writer.rewind(to: mark)
            writer.null()
        }
        return true
    }

    mutating func list<Element>(_ values: [Element], _ write: (Element, inout Output) -> Bool) -> Bool {
        writer.beginArray()
        // A span lends its elements, where an array would copy each one with all that it holds.
        let values = values.span
        for index in values.indices {
            if isAtEnd() { return false }
            let before = errors.count
            let written = write(values[index], &self)
            if errors.count > before { locate(from: before, at: .index(index)) }
            if !written { return false }
        }
        writer.endArray()
        return true
    }
}
