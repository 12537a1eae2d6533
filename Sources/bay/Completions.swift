import ArgumentParser
import Core
import TUI

extension CompletionKind {
    /// Names of machines, asked of the server when the key is pressed. No server, no names: a shell shows no errors here.
    static var machines: CompletionKind {
        .custom { _, _, prefix in
            guard let call = call(), let fleet = try? call.fleet() else { return [] }
            return fleet.entries.map(\.machine.name).filter { $0.hasPrefix(prefix) }.map(Text.sanitised)
        }
    }

    static var departments: CompletionKind {
        .custom { _, _, prefix in
            guard let call = call(), case .departments(let rows) = try? call.run(.departments) else { return [] }
            return rows.map(\.department.name).filter { $0.hasPrefix(prefix) }.map(Text.sanitised)
        }
    }

    private static func call() -> ServerCall? {
        try? ServerCall(path: SocketClient.standardPath(environment: System.variable, userID: System.userID))
    }
}
