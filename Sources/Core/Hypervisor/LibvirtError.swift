/// What libvirt said when a call failed, or what Bay says in its place.
///
/// Source: `virError`; the numbers are those of `virErrorNumber` and `virErrorDomain`.
package struct LibvirtError: Error, Equatable, Sendable, CustomStringConvertible {
    package var code: Int32
    package var domain: Int32
    package var message: String
    /// The libvirt function that failed.
    package var call: String
    /// The connection that the call was made on is gone.
    package var isConnectionLost: Bool

    package init(code: Int32, domain: Int32 = 0, message: String, call: String, isConnectionLost: Bool = false) {
        self.code = code
        self.domain = domain
        self.message = message
        self.call = call
        self.isConnectionLost = isConnectionLost
    }

    /// Words for people: libvirt's own, or what is known if it gave none.
    package var description: String { message.isEmpty ? "\(call) failed" : message }
}

extension LibvirtError {
    /// `virErrorNumber`, as far as Bay tells errors apart.
    package enum Code {
        package static let noMemory: Int32 = 2
        package static let noSupport: Int32 = 3
        package static let noConnect: Int32 = 5
        package static let invalidConnection: Int32 = 6
        package static let invalidArgument: Int32 = 8
        package static let operationFailed: Int32 = 9
        package static let xml: Int32 = 27
        package static let domainExists: Int32 = 28
        package static let xmlDetail: Int32 = 35
        package static let noDomain: Int32 = 42
        package static let noNetwork: Int32 = 43
        package static let noStoragePool: Int32 = 49
        package static let noVolume: Int32 = 50
        package static let operationInvalid: Int32 = 55
        package static let noFilter: Int32 = 62
        package static let operationTimeout: Int32 = 68
        package static let noDomainSnapshot: Int32 = 72
        package static let operationUnsupported: Int32 = 84
        package static let agentUnresponsive: Int32 = 86
        package static let resourceBusy: Int32 = 87
        package static let accessDenied: Int32 = 88
        /// Bay's own: libvirt's numbers are positive.
        package static let deadline: Int32 = -1
        package static let tooBusy: Int32 = -2
        package static let refused: Int32 = -3
    }

    package var isNoDomain: Bool { code == Code.noDomain }
    package var isNoNetwork: Bool { code == Code.noNetwork }
    package var isNoVolume: Bool { code == Code.noVolume }
    package var isNoFilter: Bool { code == Code.noFilter }
    package var isNoSnapshot: Bool { code == Code.noDomainSnapshot }
    package var isOperationInvalid: Bool { code == Code.operationInvalid }
    package var isNotSupported: Bool { code == Code.noSupport || code == Code.operationUnsupported }
    package var isAgentUnresponsive: Bool { code == Code.agentUnresponsive }
    /// Another job holds the domain and did not let go in time, or no answer came before the deadline. What was asked
    /// for may still happen.
    package var isTimedOut: Bool { code == Code.operationTimeout || code == Code.deadline }
    package var isAlreadyThere: Bool { code == Code.domainExists }
    /// The XML that was handed over is none, or none that libvirt takes.
    package var isBadXML: Bool { code == Code.xml || code == Code.xmlDetail }
    /// Bay itself refused, before libvirt was asked.
    package var isRefused: Bool { code == Code.refused }

    /// There is no connection to make the call on.
    package static func notConnected(_ reason: String, call: String) -> LibvirtError {
        LibvirtError(code: Code.noConnect, message: reason, call: call, isConnectionLost: true)
    }

    /// No answer came in time. The call is still under way.
    package static func deadline(_ limit: Duration, call: String) -> LibvirtError {
        LibvirtError(
            code: Code.deadline, message: "the hypervisor did not answer within \(limit.components.seconds) s",
            call: call)
    }

    package static func tooBusy(call: String) -> LibvirtError {
        LibvirtError(code: Code.tooBusy, message: "too many calls wait for the hypervisor", call: call)
    }

    package static func refused(_ reason: String, call: String) -> LibvirtError {
        LibvirtError(code: Code.refused, message: reason, call: call)
    }
}
