/// The name of a type in the program. `String(describing:)` says the same, but asks the runtime first whether the type is
/// one that describes itself, which takes longer for each type than all else that is done with it.
func swiftName(_ type: Any.Type) -> String { "\(type)" }

/// The GraphQL type that a Swift type stands for, before names are resolved: an object is known by its Swift type until
/// the schema is put together.
public indirect enum DeclaredType: Sendable {
    /// A scalar carries its own definition and needs no declaration.
    case scalar(ScalarType)
    /// A type that some part of the schema must declare.
    case declared(ObjectIdentifier, swiftName: String)
    case list(DeclaredType)
    case nonNull(DeclaredType)

    static func declared(_ type: Any.Type) -> DeclaredType {
        .declared(ObjectIdentifier(type), swiftName: swiftName(type))
    }

    /// Swift's optionality is GraphQL's: what is not optional is wrapped in `nonNull`, and `Optional` unwraps it.
    var nullable: DeclaredType { if case .nonNull(let inner) = self { inner } else { self } }
    var isNonNull: Bool { if case .nonNull = self { true } else { false } }
}
