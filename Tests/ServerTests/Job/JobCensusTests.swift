import Core
import Postgres
import Server
import TestSupport
import Testing

@Suite struct JobCensusTests {
    @Test func `jobs are counted by state, and again once a second has passed`() async throws {
        let database = try await TestDatabase.make()
        let clock = HandClock("2030-01-01T12:00:00Z")
        let census = JobCensus(store: JobStore(database: database), clock: clock)
        let none = try #require(await census.counts())
        #expect(none.states.values.allSatisfy { $0 == 0 } && none.states.count == Job.State.allCases.count)
        #expect(none.oldestWaitingSeconds == nil && none.failingSchedules == 0)

        try await database.execute(
            """
            INSERT INTO job (id, kind, machine_id, machine_name, actor, state, step, owner, lease_until, created_at, finished_at)
            SELECT n::text, 'snapshot.create', 'm' || n, 'web', 'ada', state, '', 'bayd', now(),
                   timezone('UTC', now()) - make_interval(secs => 100 * n),
                   CASE WHEN state = 'failed' THEN timezone('UTC', now()) END
              FROM unnest(ARRAY['queued', 'queued', 'running', 'failed']) WITH ORDINALITY AS t (state, n)
            """)
        try await database.execute(
            "INSERT INTO job_schedule (id, next_due, failures) VALUES ('one', now(), 2), ('other', now(), 0)")
        clock.advance(seconds: 1)
        let some = try #require(await census.counts())
        #expect(some.states[.queued] == 2 && some.states[.running] == 1 && some.states[.failed] == 1)
        #expect((200..<300).contains(some.oldestWaitingSeconds ?? 0) && some.failingSchedules == 1)

        // Nobody makes the database count by asking often.
        let before = database.statementCount
        for _ in 0..<100 { #expect(await census.counts() == some) }
        #expect(database.statementCount == before)
    }
}
