public import JSON

// The scalars of which lists are full have ways of their own to be written as properties: see `leafWriter`. They are
// inlinable, so that the module that declares a field compiles them for its own type of parent.

extension String {
    @inlinable public static func leafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> String
    ) -> LeafWrite<Parent> {
        { parent, name, output in
            output.writer.member(name, value(parent))
            return true
        }
    }

    @inlinable public static func optionalLeafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> String?
    ) -> LeafWrite<Parent> {
        { parent, name, output in
            if let text = value(parent) { output.writer.member(name, text) } else { output.writer.nullMember(name) }
            return true
        }
    }
}

extension Int {
    @inlinable public static func leafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Int
    ) -> LeafWrite<Parent> {
        { parent, name, output in
            output.writer.encodedName(name)
            let value = value(parent)
            guard Int32(exactly: value) != nil else { return value.write(leaf: &output) }
            output.writer.int(value)
            return true
        }
    }

    @inlinable public static func optionalLeafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Int?
    ) -> LeafWrite<Parent> {
        { parent, name, output in
            output.writer.encodedName(name)
            guard let value = value(parent), Int32(exactly: value) != nil else {
                return value(parent).write(leaf: &output)
            }
            output.writer.int(value)
            return true
        }
    }
}

extension Bool {
    @inlinable public static func leafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Bool
    ) -> LeafWrite<Parent> {
        { parent, name, output in
            output.writer.encodedName(name)
            output.writer.bool(value(parent))
            return true
        }
    }

    @inlinable public static func optionalLeafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Bool?
    ) -> LeafWrite<Parent> {
        { parent, name, output in
            output.writer.encodedName(name)
            if let truth = value(parent) { output.writer.bool(truth) } else { output.writer.null() }
            return true
        }
    }
}

extension GraphQLIdentifier where Self: RawRepresentable, RawValue == String {
    @inlinable public static func leafWriter<Parent: Sendable>(
        _ value: @escaping @Sendable (Parent) -> Self
    ) -> LeafWrite<Parent> {
        String.leafWriter { value($0).rawValue }
    }
}
