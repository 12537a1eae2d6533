package import Core
import JSON

/// Accounts, templates with their categories, applications and networks as `bay ls` prints them.
extension Listings {
    package static func users(_ users: [User]) -> Listing {
        var listing = Listing(
            [.init("EMAIL"), .init("NAME"), .init("ROLE"), .init("STATE"), .init("CREATED"), .init("ID")],
            names: ["id", "email", "firstName", "lastName", "role", "deleted", "createdAt"])
        for user in users.sorted(by: { $0.email < $1.email }) {
            listing.rows.append(
                .init(
                    [
                        user.email, user.fullName, user.role.rawValue, user.stateWord,
                        String(user.createdAt.iso8601.prefix(10)), user.id.rawValue,
                    ],
                    [
                        "id": .string(user.id.rawValue), "email": .string(user.email),
                        "firstName": .string(user.firstName), "lastName": .string(user.lastName),
                        "role": .string(user.role.rawValue), "deleted": .bool(user.isDeleted),
                        "createdAt": .string(user.createdAt.iso8601),
                    ]))
        }
        return listing
    }

    package static func templates(_ rows: [TemplateRow], _ categories: [CategoryRow]) -> Listing {
        var listing = Listing(
            [
                .init("NAME"), .init("CATEGORY"), .init("VCPU", .right), .init("MEM", .right), .init("DISK", .right),
                .init("MACHINES", .right), .init("DESCRIPTION"), .init("ID"),
            ],
            names: [
                "id", "name", "category", "cores", "ramGB", "storageGB", "machines", "description", "createdAt",
            ])
        let names = Dictionary(categories.map { ($0.category.id, $0.category.name) }) { $1 }
        for row in rows {
            let template = row.template
            let category = template.categoryID.flatMap { names[$0] }
            listing.rows.append(
                .init(
                    [
                        template.name, category ?? Format.missing, String(template.cores), "\(template.memoryGB) GB",
                        "\(template.storageGB) GB", String(row.machines), template.description ?? "",
                        template.id.rawValue,
                    ],
                    [
                        "id": .string(template.id.rawValue), "name": .string(template.name),
                        "category": category.map { .string($0) } ?? .null, "cores": .int(template.cores),
                        "ramGB": .int(template.memoryGB), "storageGB": .int(template.storageGB),
                        "machines": .int(row.machines),
                        "description": template.description.map { .string($0) } ?? .null,
                        "createdAt": .string(template.createdAt.iso8601),
                    ]))
        }
        return listing
    }

    package static func categories(_ rows: [CategoryRow]) -> Listing {
        var listing = Listing(
            [
                .init("NAME"), .init("TEMPLATES", .right), .init("MACHINES", .right), .init("DESCRIPTION"),
                .init("ID"),
            ], names: ["id", "name", "templates", "machines", "description", "createdAt"])
        for row in rows {
            let category = row.category
            listing.rows.append(
                .init(
                    [
                        category.name, String(row.templates), String(row.machines), category.description ?? "",
                        category.id.rawValue,
                    ],
                    [
                        "id": .string(category.id.rawValue), "name": .string(category.name),
                        "templates": .int(row.templates), "machines": .int(row.machines),
                        "description": category.description.map { .string($0) } ?? .null,
                        "createdAt": .string(category.createdAt.iso8601),
                    ]))
        }
        return listing
    }

    package static func applications(_ applications: [Application]) -> Listing {
        var listing = Listing(
            [.init("NAME"), .init("SYSTEMS"), .init("DESCRIPTION"), .init("ID")],
            names: ["id", "name", "os", "description", "createdAt"])
        for application in applications {
            listing.rows.append(
                .init(
                    [
                        application.name, application.systems.joined(separator: ", "), application.description ?? "",
                        application.id.rawValue,
                    ],
                    [
                        "id": .string(application.id.rawValue), "name": .string(application.name),
                        "os": .array(application.systems.map { .string($0) }),
                        "description": application.description.map { .string($0) } ?? .null,
                        "createdAt": .string(application.createdAt.iso8601),
                    ]))
        }
        return listing
    }

    package static func networks(_ networks: [HostNetwork]) -> Listing {
        var listing = Listing(
            [
                .init("NAME"), .init("STATE"), .init("ADDRESS"), .init("BRIDGE"), .init("DHCP"), .init("LEADS TO"),
                .init("ID"),
            ],
            names: [
                "id", "name", "active", "needsRestart", "autostart", "forwardMode", "bridge", "address", "netmask",
                "dhcpStart", "dhcpEnd", "description",
            ])
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        for network in networks {
            listing.rows.append(
                .init(
                    [
                        network.name, network.stateWord, network.addressText ?? Format.missing,
                        network.bridge?.name ?? Format.missing, network.range?.description ?? Format.missing,
                        network.forwardMode ?? "nowhere", network.uuid,
                    ],
                    [
                        "id": .string(network.uuid), "name": .string(network.name),
                        "active": .bool(network.isActive), "needsRestart": .bool(network.needsRestart),
                        "autostart": .bool(network.startsWithHost), "forwardMode": text(network.forwardMode),
                        "bridge": text(network.bridge?.name), "address": text(network.address?.description),
                        "netmask": text(network.subnet?.netmask.description),
                        "dhcpStart": text(network.range?.start.description),
                        "dhcpEnd": text(network.range?.end.description), "description": text(network.description),
                    ]))
        }
        return listing
    }
}

extension ServerCall {
    /// All accounts, page by page, deleted ones among them.
    package func users() throws(CallError) -> [User] {
        var all: [User] = []
        while case .users(let page) = try run(.user(.list(skip: all.count))) {
            all += page
            if page.count < Resource.pageSize { break }
        }
        return all
    }

    package func templates() throws(CallError) -> [TemplateRow] {
        var all: [TemplateRow] = []
        while case .templates(let page) = try run(.template(.list(skip: all.count))) {
            all += page
            if page.count < Resource.pageSize { break }
        }
        return all
    }
}
