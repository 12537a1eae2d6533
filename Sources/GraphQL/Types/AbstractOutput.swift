/// A Swift type whose values may be objects of several types: an enum with a case for each, as a rule. Conforming is a
/// mark without content; a `Union` or an `Interface` declares what it may be:
///
///     enum Finding: GraphQLUnion { case machine(Machine), user(User) }
public protocol GraphQLAbstract: GraphQLOutput {}

/// Objects that need have nothing in common.
public protocol GraphQLUnion: GraphQLAbstract {}

/// Objects that have some fields in common.
public protocol GraphQLInterface: GraphQLAbstract {}

extension GraphQLAbstract {
    public static var outputType: DeclaredType { .nonNull(.declared(Self.self)) }

    public static func plan<Context: GraphQLContext>(
        _ site: FieldSite<Context>
    ) throws(RequestError) -> ValuePlan<Context, Self> {
        let plan = try site.planner.abstract(Self.self, site.selections)
        guard plan.isStaged else {
            return .direct { value, execution, output in plan.write(value, nil, 0, execution, &output) }
        }
        return .staged(
            count: { _ in 1 },
            prepare: { values, execution in plan.prepare(values, execution).map { plan.writer($0) } })
    }
}

extension AbstractPlan {
    /// Writes one value after another.
    fileprivate func writer(_ fetched: Fetched) -> ValuePlan<Context, Value>.StagedWrite {
        { value, place, execution, output in
            let index = place
            place += 1
            return self.write(value, fetched, index, execution, &output)
        }
    }
}
