import ArgumentParser
import Core
import TUI

struct DepartmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "department", abstract: "Make, rename, delete and list departments.",
        subcommands: [Create.self, Rename.self, Rm.self, Ls.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a department.")
        @Argument(help: "Its name.") var name: String
        @OptionGroup var connection: Connection

        func run() throws {
            guard case .changedDepartment(let department) = try connection.call().run(.createDepartment(name)) else {
                return
            }
            Print.data(Text.sanitised(department.id.rawValue) + "\n")
        }
    }

    struct Rename: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rename", abstract: "Give a department another name.")
        @Argument(help: "Its name or id.", completion: .departments) var department: String
        @Argument(help: "The new name.") var name: String
        @OptionGroup var connection: Connection

        func run() throws {
            let call = try connection.call()
            _ = try call.run(.renameDepartment(try call.departmentID(department), name))
        }
    }

    struct Rm: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Delete a department that is empty.")
        @Argument(help: "Its name or id.", completion: .departments) var department: String
        @OptionGroup var connection: Connection

        func run() throws {
            let call = try connection.call()
            _ = try call.run(.destroyDepartment(try call.departmentID(department)))
        }
    }

    struct Ls: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "List the departments.")
        @OptionGroup var output: Output
        @OptionGroup var connection: Connection

        func run() throws {
            if case .departments(let rows) = try connection.call().run(.departments) {
                try output.show(Listings.departments(rows))
            }
        }
    }
}

extension ServerCall {
    fileprivate func departmentID(_ name: String) throws -> Department.ID {
        var fleet = Fleet()
        if case .departments(let rows) = try run(.departments) { fleet.put(rows.map(\.department)) }
        return try department(name, in: fleet).id
    }
}
