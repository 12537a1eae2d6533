package import JSON

/// What applications of the catalogue may be. Each function says what is wrong with a value.
package enum ApplicationRules {
    /// The systems that machines can have; `windows` stands for all of its releases.
    package static let systems = ["windows", "windows10", "windows11", "ubuntu", "fedora", "redhat"]
    package static let maximumCommandLength = 8000
    package static let maximumParameters = 100

    package static func problem(name: String) -> String? { NameRule.problem(name, of: "application") }
    package static func problem(description: String) -> String? { TextRule.problem(description, of: "the description") }

    package static func problem(system: String) -> String? {
        systems.contains(system.lowercased())
            ? nil : "\"\(system.prefix(40))\" is no system that machines can have: \(systems.joined(separator: ", "))"
    }

    package static func problem(command: String, for system: String) -> String? {
        switch TextRule.check(command, of: "the command for \(system)", maximumLength: maximumCommandLength) {
        case .success(nil): "the command for \(system) is empty"
        case .success: nil
        case .failure(let problem): problem.message
        }
    }

    /// Every system needs a command: an application without one would be missing from the machine, and nobody told.
    package static func problem(commands: JSONObject, systems: [String]) -> String? {
        for member in commands.members {
            if let problem = problem(system: member.name) { return problem }
            guard let command = member.value.string else { return "the command for \(member.name) must be text" }
            if let problem = problem(command: command, for: member.name) { return problem }
        }
        let known = Set(commands.members.map { $0.name.lowercased() })
        for system in systems where known.isDisjoint(with: names(of: system)) {
            return "there is no command that installs it on \(system)"
        }
        return nil
    }

    package static func problem(parameters: JSONObject) -> String? {
        if parameters.members.count > maximumParameters { return "there are more than \(maximumParameters) parameters" }
        if JSONValue.object(parameters).text.utf8.count > maximumCommandLength {
            return "the parameters are longer than \(maximumCommandLength) bytes"
        }
        return nil
    }

    /// Under which names a system's command is looked for, the first that is there.
    package static func names(of system: String) -> [String] {
        switch system.lowercased() {
        case "windows10", "windows11": [system.lowercased(), "windows"]
        case "redhat": ["redhat", "fedora"]
        case let name: [name]
        }
    }
}

/// What people fill in to put an application into the catalogue, or to change one.
package struct ApplicationDraft: Equatable, Sendable {
    package var name: String
    package var description: String?
    package var systems: [String]
    package var installCommand: JSONObject
    package var parameters: JSONObject?

    package init(
        name: String, description: String? = nil, systems: [String], installCommand: JSONObject,
        parameters: JSONObject? = nil
    ) {
        self.name = name
        self.description = description
        self.systems = systems
        self.installCommand = installCommand
        self.parameters = parameters
    }

    /// The draft as it is stored: systems in lower case and each once, texts without space around them.
    package func checked() throws(ApplicationError) -> ApplicationDraft {
        var checked = self
        switch NameRule.check(name, of: "application") {
        case .success(let name): checked.name = name
        case .failure(let problem): throw .invalid(problem.message)
        }
        switch TextRule.check(description ?? "", of: "the description") {
        case .success(let text): checked.description = text
        case .failure(let problem): throw .invalid(problem.message)
        }
        if systems.isEmpty { throw .invalid("an application needs a system that it can be installed on") }
        if let problem = systems.lazy.compactMap(ApplicationRules.problem(system:)).first { throw .invalid(problem) }
        var seen: Set<String> = []
        checked.systems = systems.map { $0.lowercased() }.filter { seen.insert($0).inserted }
        if let problem = ApplicationRules.problem(commands: installCommand, systems: checked.systems) {
            throw .invalid(problem)
        }
        checked.installCommand = JSONObject()
        for member in installCommand.members { checked.installCommand[member.name.lowercased()] = member.value }
        if let parameters, let problem = ApplicationRules.problem(parameters: parameters) { throw .invalid(problem) }
        return checked
    }
}

/// Why an operation on the catalogue did not happen.
package enum ApplicationError: Error, Equatable {
    case notFound
    case invalid(String)
    case nameTaken(String)
    case inUse(machines: Int)

    package var message: String {
        switch self {
        case .notFound: "application not found"
        case .invalid(let reason): reason
        case .nameTaken(let name): "an application named \"\(name)\" exists already"
        case .inUse(let count): "\(count) \(count == 1 ? "machine has" : "machines have") the application"
        }
    }
}
