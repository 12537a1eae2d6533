import ArgumentParser
import Core
import TUI

extension CompletionKind {
    /// Names of machines, asked of the server when the key is pressed. No server, no names: a shell shows no errors here.
    static var machines: CompletionKind {
        .custom { words, _, prefix in
            guard let call = call(words), let fleet = try? call.fleet() else { return [] }
            // The last word of a move is a department.
            let departments = words.contains("move") ? fleet.orderedDepartments.map(\.name) : []
            return offered(fleet.entries.map(\.machine.name) + departments, prefix)
        }
    }

    /// Names of departments behind `--department`, and of machines without it.
    static var owners: CompletionKind {
        .custom { words, _, prefix in
            guard let call = call(words), let fleet = try? call.fleet() else { return [] }
            let isDepartment = words.contains("--department") || words.contains("-d")
            return offered(
                isDepartment ? fleet.orderedDepartments.map(\.name) : fleet.entries.map(\.machine.name), prefix)
        }
    }

    static var departments: CompletionKind {
        .custom { words, _, prefix in
            guard let call = call(words), case .departments(let rows) = try? call.run(.departments) else { return [] }
            return offered(rows.map(\.department.name), prefix)
        }
    }

    /// A name that cannot be shown as it is cannot be typed either.
    private static func offered(_ names: [String], _ prefix: String) -> [String] {
        names.filter { $0.hasPrefix(prefix) && Text.sanitised($0) == $0 }
    }

    /// Milliseconds that a person waits for the tabulator key.
    private static var patience: Int64 { 500 }

    private static func call(_ words: [String]) -> ServerCall? {
        let path =
            Arguments.socket(in: words)
            ?? SocketClient.standardPath(environment: System.variable, userID: System.userID)
        return try? ServerCall(path: path, token: TokenFile(System.variable)?.token(for: path), patience: patience)
    }
}
