package import Core
import JSON
import NIOHTTP1
import Synchronization

/// How the server is, for programs that watch over it: `/health` and `/metrics`.
package struct ServerStatus: Sendable {
    private let links: LinkBoard
    private let index: FleetIndex
    private let hub: EventHub
    private let jobs: JobCensus?
    private let version: String
    private let startedAt: Timestamp

    /// - Parameter jobs: nil where there are none to tell of.
    package init(
        links: LinkBoard, index: FleetIndex, hub: EventHub, jobs: JobCensus? = nil, version: String,
        startedAt: Timestamp
    ) {
        self.links = links
        self.index = index
        self.hub = hub
        self.jobs = jobs
        self.version = version
        self.startedAt = startedAt
    }

    // MARK: Health

    /// 200 when everything that Bay leans on can be reached, 503 when not. Why not is told in the log and to those who are
    /// signed in, not to whoever asks here.
    func health(isPlain: Bool) async -> HTTPResponse {
        let lights = links.all
        let missing = lights.filter { $0.state != .up }
        let status = missing.isEmpty ? HTTPResponseStatus.ok : .serviceUnavailable
        var response: HTTPResponse
        if isPlain {
            let words = missing.map { "\($0.link.rawValue) \($0.state.rawValue)" }
            response = .text(status, words.isEmpty ? "OK" : words.joined(separator: "\n"))
        } else {
            var report: JSONObject = ["status": missing.isEmpty ? "ok" : "unavailable", "version": .string(version)]
            for light in lights {
                report[light.link.rawValue] = [
                    "state": .string(light.state.rawValue), "since": .string(light.since.iso8601),
                ]
            }
            if let jobs { report["jobs"] = Self.report(of: await jobs.counts()) }
            response = HTTPResponse(status, body: Array(JSONValue.object(report).text.utf8), endsLine: true)
        }
        response.headers.append(("Cache-Control", "no-store"))
        return response
    }

    /// Null while the database does not tell. Jobs that fail are somebody's business, but no reason to call the server ill.
    private static func report(of counts: JobCounts?) -> JSONValue {
        guard let counts else { return .null }
        var report = JSONObject(
            Job.State.allCases.map { .init($0.rawValue, .int(counts.states[$0, default: 0])) })
        report["oldestWaitingSeconds"] = counts.oldestWaitingSeconds.map { .int($0) } ?? .null
        report["failingSchedules"] = .int(counts.failingSchedules)
        return .object(report)
    }

    // MARK: Metrics

    func metrics(_ statistics: HTTPStatistics) async -> HTTPResponse {
        var page = PrometheusText()
        page.metric("bay_build_info", .gauge, "The version of bayd, as a label.")
        page.sample("bay_build_info", ["version": version], 1)
        page.metric("bay_link_up", .gauge, "Whether a part that Bay leans on can be reached.")
        for light in links.all {
            page.sample("bay_link_up", ["link": light.link.rawValue], light.state == .up ? 1 : 0)
        }
        page.metric("bay_machines", .gauge, "Machines of the host as libvirt sees them. Managed ones have a record.")
        for (isManaged, counts) in [("true", index.counts(managed: true)), ("false", index.counts(managed: false))] {
            for status in [MachineStatus.running, .suspended, .off] {
                page.sample(
                    "bay_machines", ["status": status.rawValue, "managed": isManaged], counts[status, default: 0])
            }
        }
        page.metric("bay_events_last_id", .gauge, "The number of the last event that was handed on.")
        page.sample("bay_events_last_id", [:], Int(hub.last))
        if let counts = await jobs?.counts() { Self.write(counts, to: &page) }
        write(statistics, to: &page)
        ProcessFigures.write(to: &page, startedAt: startedAt)
        return HTTPResponse(.ok, type: PrometheusText.mediaType, body: Array(page.text.utf8))
    }

    private static func write(_ counts: JobCounts, to page: inout PrometheusText) {
        page.metric("bay_jobs", .gauge, "Long operations that are kept, by state.")
        for state in Job.State.allCases {
            page.sample("bay_jobs", ["state": state.rawValue], counts.states[state, default: 0])
        }
        page.metric("bay_jobs_oldest_waiting_seconds", .gauge, "How long the oldest job has waited for its turn.")
        page.sample("bay_jobs_oldest_waiting_seconds", [:], counts.oldestWaitingSeconds ?? 0)
        page.metric("bay_job_schedules_failing", .gauge, "Schedules whose last run failed.")
        page.sample("bay_job_schedules_failing", [:], counts.failingSchedules)
    }

    private func write(_ statistics: HTTPStatistics, to page: inout PrometheusText) {
        let counts = statistics.all
        page.metric("bay_http_requests_total", .counter, "Requests that were answered.")
        for (route, count) in counts {
            for (digit, number) in zip(2..., count.statuses) {
                page.sample("bay_http_requests_total", ["route": route.rawValue, "status": "\(digit)xx"], number)
            }
        }
        page.metric("bay_http_request_duration_seconds", .histogram, "From the end of a request to its answer.")
        for (route, count) in counts {
            var sum = 0
            let name = "bay_http_request_duration_seconds"
            for (bound, number) in zip(HTTPStatistics.bounds.map { Optional($0) } + [nil], count.buckets) {
                sum += number
                let limit = bound.map { (Double($0) / 1000).description } ?? "+Inf"
                page.sample("\(name)_bucket", ["route": route.rawValue, "le": limit], sum)
            }
            page.sample("\(name)_sum", ["route": route.rawValue], count.total / .seconds(1))
            page.sample("\(name)_count", ["route": route.rawValue], sum)
        }
        page.metric("bay_http_response_bytes_total", .counter, "Bytes of answers, without their headers.")
        for (route, count) in counts {
            page.sample("bay_http_response_bytes_total", ["route": route.rawValue], count.bytes)
        }
        page.metric("bay_http_connections", .gauge, "Connections that are open, WebSockets too.")
        page.sample("bay_http_connections", [:], statistics.connections.load(ordering: .relaxed))
        page.metric("bay_http_connections_total", .counter, "Connections that came.")
        page.sample("bay_http_connections_total", [:], statistics.accepted.load(ordering: .relaxed))
        page.metric("bay_http_websockets", .gauge, "WebSockets that are open.")
        page.sample("bay_http_websockets", [:], statistics.webSockets.load(ordering: .relaxed))
    }
}
