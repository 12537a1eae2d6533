/// A Swift type that an `Object` declaration gives fields. Conforming is a mark without content:
///
///     extension Machine: GraphQLObject {}
public protocol GraphQLObject: GraphQLOutput {}

extension GraphQLObject {
    public static var outputType: DeclaredType { .nonNull(.declared(Self.self)) }

    public static func plan<Context: GraphQLContext>(
        _ site: FieldSite<Context>
    ) throws(RequestError) -> ValuePlan<Context, Self> {
        let plan = try site.planner.object(Self.self, site.selections)
        guard plan.isStaged else {
            return .direct { value, execution, output in plan.write(value, [], 0, execution, &output) }
        }
        return .staged(
            count: { _ in 1 },
            prepare: { values, execution in plan.prepare(values, execution).map { plan.writer($0) } })
    }
}

extension ObjectPlan where Parent: GraphQLObject {
    /// Writes one object after another.
    fileprivate func writer(_ slots: [SlotWrite]) -> ValuePlan<Context, Parent>.StagedWrite {
        { value, place, execution, output in
            let index = place
            place += 1
            return self.write(value, slots, index, execution, &output)
        }
    }
}
