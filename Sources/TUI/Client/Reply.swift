package import Core
import JSON

/// Who serves us, and as whom.
package struct ServerInfo: Equatable, Sendable {
    package var version = ""
    package var isDemo = false
    package var hypervisorURI = ""
    package var lastEvent: EventRecord.ID = 0
    package var actor = ""
    package var role: UserRole = .user

    package init() {}
}

package struct DepartmentRow: Equatable, Sendable {
    package var department: Department
    /// As the server counted them; nil where it was not asked.
    package var counts: MachineCounts?

    package init(department: Department, counts: MachineCounts? = nil) {
        self.department = department
        self.counts = counts
    }
}

/// Past figures, oldest first; nil where nothing was measured.
package struct FigureSeries: Equatable, Sendable {
    package var at: [Timestamp] = []
    package var cpu: [Double?] = []
    package var wait: [Double?] = []
    package var memory: [Double?] = []
    package var balloon: [Double?] = []
    package var diskRead: [Double?] = []
    package var diskWrite: [Double?] = []
    package var received: [Double?] = []
    package var sent: [Double?] = []

    package init() {}
}

/// How a change of one thing ended.
package struct Outcome: Equatable, Sendable {
    package var success: Bool
    package var message: String

    package init(success: Bool, message: String) {
        self.success = success
        self.message = message
    }
}

package struct AdoptOutcome: Equatable, Sendable {
    package var id: Machine.ID
    package var outcome: Outcome
    package var machine: Machine?
}

/// A decoded result.
package enum Reply: Equatable, Sendable {
    case serverInfo(ServerInfo)
    case departments([DepartmentRow])
    case machines([Machine], [FiguresSample])
    case machine(Machine?, FiguresSample?)
    case host(HostInfo?)
    case links([LinkState])
    case events([EventRecord])
    case figures([FiguresSample])
    case history(FigureSeries)
    case snapshots([Snapshot], Outcome)
    case outcome(Outcome)
    case changedMachine(Machine)
    case changedDepartment(Department)
    case adopted([AdoptOutcome])
    case cards([HostGPU])
    case applications([Application])
    case networks([HostNetwork])
    case templates([TemplateRow])
    case categories([CategoryRow])
    case users([User])
    case jobs([JobRow])
    case schedules([ScheduleRow])
    case errors([ErrorEntry])
    case firewall(FirewallReply)
    /// Nil for who has come without an account.
    case ownAccount(User?)
    /// A change that tells nothing but that it was made.
    case done
    /// The answer to a person's document, as it came.
    case document([UInt8])
}

/// Why an operation failed, as the server or our reading of its answer says it.
package struct OperationFailure: Error, Equatable, Sendable {
    package var message: String
    /// `extensions.code`
    package var code: String?

    package init(message: String, code: String? = nil) {
        self.message = message
        self.code = code
    }

    package var isForbidden: Bool { ["FORBIDDEN", "UNAUTHENTICATED", "UNAUTHORIZED"].contains(code) }
}

package struct OperationFailures: Error, Equatable, Sendable {
    package var list: [OperationFailure]

    package init(_ list: [OperationFailure]) { self.list = list }

    /// Reads the `errors` list of the protocol.
    init(decoding bytes: [UInt8]) {
        var reader = JSONReader(bytes)
        do {
            list = try reader.list { reader throws(JSONError) in try OperationFailure(reading: &reader) }
        } catch {
            list = [OperationFailure(message: "the server's error could not be read: \(error.message)")]
        }
        if list.isEmpty { list = [OperationFailure(message: "the server gave no reason")] }
    }
}
