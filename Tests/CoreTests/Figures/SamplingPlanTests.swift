import Core
import Testing

@Suite struct SamplingPlanTests {
    @Test func `without readers a pass goes over everything each fifteen seconds`() {
        let scopes = (0..<60).map { SamplingPlan(tick: $0, watched: 0, hasReaders: false).scope }
        #expect(scopes.filter { $0 == .all }.count == 4)
        #expect(scopes.filter { $0 == .watched }.isEmpty)
    }

    @Test func `watched machines are measured each second`() {
        for tick in 0..<60 {
            #expect(SamplingPlan(tick: tick, watched: 3, hasReaders: true).scope != .nothing)
        }
    }

    @Test func `dear groups are measured in at most a third of all passes`() {
        let plans = (0..<600).map { SamplingPlan(tick: $0, watched: 3, hasReaders: true) }
        let dear = plans.filter(\.includesSlowGroups).count
        #expect(dear * 3 <= plans.filter { $0.scope != .nothing }.count)
        #expect(dear > 0)
    }
}
