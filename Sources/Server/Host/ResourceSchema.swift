package import Core
package import GraphQL

extension HostGPU: GraphQLObject {}
extension HostResources: GraphQLObject {}

/// The parts of `HostResources` as the API has them.
struct ResourceCPU: GraphQLObject { var resources: HostResources }
struct ResourceMemory: GraphQLObject { var resources: HostResources }
struct ResourceDisk: GraphQLObject { var resources: HostResources }

extension HostError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .hypervisorUnavailable: FieldError(message, code: .unavailable)
        case .hypervisor: FieldError(message, code: "HYPERVISOR")
        }
    }
}

let resourceSchema = SchemaPart<RequestContext> {
    Object(HostGPU.self, name: "GPU") {
        Field("pciBus") { $0.address.description }.describe("As in `0000:01:00.0`.")
        Field("vendor", \.vendor)
        Field("model", \.model)
        Field("memory") { HostResources.gibibytes(bytes: $0.memoryBytes ?? 0) }
            .describe("In GB; 0 when the host cannot tell.")
        Field("driver", \.driver).describe("The host's driver that holds it now.")
        Field("iommuGroup", \.iommuGroup)
            .describe("Devices of one group go to a machine together; null when the host has no IOMMU switched on.")
        Field("isConsole", \.isConsole).describe("The host's own console is on it.")
    }
    Object(HostResources.self, name: "SystemResources") {
        Field("cpu") { ResourceCPU(resources: $0) }
        Field("memory") { ResourceMemory(resources: $0) }
        Field("disk") { ResourceDisk(resources: $0) }
    }
    Object(ResourceCPU.self, name: "SystemResourceCPU") {
        Field("total") { Double($0.resources.cpus) }
        Field("available") { Double($0.resources.availableCPUs) }
            .describe("The most that one machine should be given; machines share them.")
        Field("allocated") { Double($0.resources.promised.vcpus) }
            .describe("vCPUs of the machines that are on.")
    }
    Object(ResourceMemory.self, name: "SystemResourceMemory") {
        Field("total") { HostResources.gibibytes(mebibytes: $0.resources.memoryMiB) }.describe("In GB.")
        Field("available") { HostResources.gibibytes(mebibytes: $0.resources.memoryAvailableMiB) }
            .describe("What is free now, in GB.")
        Field("allocated") { Double($0.resources.promised.memoryGB) }
            .describe("Memory of the machines that are on, in GB.")
    }
    Object(ResourceDisk.self, name: "SystemResourceDisk") {
        Field("total") { HostResources.gibibytes(bytes: $0.resources.disk?.capacityBytes ?? 0) }
            .describe("Of the place where machines have their disks, in GB; 0 when there is none.")
        Field("used") { disk in
            disk.resources.disk.map { HostResources.gibibytes(bytes: $0.capacityBytes - $0.availableBytes) } ?? 0
        }
        Field("available") { HostResources.gibibytes(bytes: $0.resources.disk?.availableBytes ?? 0) }
        Field("allocated") { Double($0.resources.promised.diskGB) }
            .describe("Disks of all machines, whether they fill them or not, in GB.")
        Field("place") { $0.resources.disk?.name }.describe("The storage pool or the file system.")
    }

    Query(requires: .admin) {
        Field("getGraphics") { context in try await context.services.host.freeGPUs() }
            .describe("The host's display controllers that no machine was given.")
        Field("getSystemResources") { context in try await context.services.host.resources() }
    }
}
