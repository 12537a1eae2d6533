package import Core
import JSON

/// What is asked of the server about what machines are made of.
package enum HardwareOperation: Equatable, Sendable {
    /// The host's graphics cards that no machine has.
    case freeCards
    case change(Machine.ID, HardwareChange)

    var isMutation: Bool { self != .freeCards }

    /// - Parameter fields: what is to be known of a machine afterwards.
    func request(_ fields: String) -> OperationRequest {
        switch self {
        case .freeCards:
            return OperationRequest(query: "{ getGraphics { pciBus vendor model iommuGroup isConsole } }")
        case .change(let id, let change):
            var input: JSONObject = ["id": .string(id.rawValue)]
            input["cpuCores"] = change.cores.map { .int($0) }
            input["ramGB"] = change.memoryGB.map { .int($0) }
            switch change.gpu {
            case .card(let address)?: input["gpuPciAddress"] = .string(address)
            case .none?: input["gpuPciAddress"] = JSONValue.null
            case nil: break
            }
            return OperationRequest(
                query: """
                    mutation Hardware($input: UpdateMachineHardwareInput!) { updateMachineHardware(input: $input) \
                    { \(fields) } }
                    """,
                variables: ["input": .object(input)])
        }
    }

    func read(_ reader: inout JSONReader) throws(JSONError) -> Reply {
        switch self {
        case .freeCards:
            var cards: [HostGPU] = []
            try reader.array { reader throws(JSONError) in
                // A card whose place cannot be read cannot be given away either.
                if let card = try HostGPU.read(&reader) { cards.append(card) }
            }
            return .cards(cards)
        case .change: return .changedMachine(try Machine.read(&reader).0)
        }
    }
}

extension HostGPU {
    fileprivate static func read(_ reader: inout JSONReader) throws(JSONError) -> HostGPU? {
        var address: PCIAddress?
        var vendor = ""
        var model = ""
        var group: Int?
        var isConsole = false
        try reader.object { name, reader throws(JSONError) in
            switch name {
            case "pciBus": address = PCIAddress(try reader.string())
            case "vendor": vendor = try reader.string()
            case "model": model = try reader.string()
            case "iommuGroup": group = try reader.optionalInt()
            case "isConsole": isConsole = try reader.bool()
            default: try reader.skip()
            }
        }
        return address.map {
            HostGPU(address: $0, vendor: vendor, model: model, iommuGroup: group, isConsole: isConsole)
        }
    }
}
