package import Core

/// A made fleet of an imaginary company: the same machines for the same count, always.
package struct DemoFleet: Equatable, Sendable {
    package static let standardCount = 40
    /// More than any host runs; it keeps a mistyped number from filling the memory.
    package static let maximumCount = 100_000

    package struct Machine: Equatable, Sendable {
        /// The record's id.
        package var id: Core.Machine.ID
        /// The domain's, in lower case.
        package var uuid: String
        /// Also the domain's name.
        package var name: String
        package var department: Department.ID
        package var os: DemoOS
        package var vcpus: Int
        package var memoryMiB: Int
        package var diskGB: Int
        package var state: DomainState
    }

    package var departments: [Department]
    package var machines: [Machine]
    package var seed: UInt64

    package init(count: Int = standardCount, seed: UInt64 = 1) {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        let count = min(max(0, count), Self.maximumCount)
        // Small fleets have few departments, large ones all of them.
        let kinds = Array(Kind.all.prefix(min(Kind.all.count, max(1, count / 5))))
        departments = kinds.map { kind in
            Department(id: .init(Self.uuid(&random)), name: kind.name)
        }
        let total = kinds.reduce(0) { $0 + $1.share }
        var lots = kinds.indices.flatMap { Array(repeating: $0, count: kinds[$0].share) }
        lots.shuffle(using: &random)
        var numbers = [Int](repeating: 0, count: kinds.count)
        let digits = count * (kinds.map(\.share).max() ?? 1) / max(1, total) > 900 ? 5 : 3
        machines = []
        machines.reserveCapacity(count)
        for index in 0..<count {
            let place = lots[index % lots.count]
            numbers[place] += 1
            machines.append(
                Self.machine(
                    kinds[place], number: numbers[place], digits: digits, in: departments[place].id, &random))
        }
        machines.sort { $0.name < $1.name }
    }

    private static func machine(
        _ kind: Kind, number: Int, digits: Int, in department: Department.ID, _ random: inout SeededGenerator
    ) -> Machine {
        let os = kind.systems.randomElement(using: &random) ?? .windows11
        let size = kind.sizes.randomElement(using: &random) ?? Kind.small
        let text = String(number)
        let state: DomainState =
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<72: .running
            case 72..<79: .paused
            default: .shutOff
            }
        return Machine(
            id: .init(uuid(&random)), uuid: uuid(&random),
            name: "\(kind.prefix)-\(String(repeating: "0", count: max(0, digits - text.count)))\(text)",
            department: department, os: os, vcpus: size.vcpus, memoryMiB: size.memoryGB * 1024, diskGB: size.diskGB,
            state: state)
    }

    /// A UUID of version 4 made of the generator's bits.
    private static func uuid(_ random: inout SeededGenerator) -> String {
        let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let text = [high, low].map { bits in
            let digits = String(bits, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        var out = ""
        for (index, digit) in text.enumerated() {
            if [8, 12, 16, 20].contains(index) { out += "-" }
            out.append(digit)
        }
        return out
    }
}

/// What runs inside a made machine.
package enum DemoOS: String, CaseIterable, Sendable {
    case windows10, windows11, ubuntu, fedora, debian

    /// As libosinfo names it.
    package var osinfoID: String {
        switch self {
        case .windows10: "http://microsoft.com/win/10"
        case .windows11: "http://microsoft.com/win/11"
        case .ubuntu: "http://ubuntu.com/ubuntu/24.04"
        case .fedora: "http://fedoraproject.org/fedora/41"
        case .debian: "http://debian.org/debian/12"
        }
    }
}

extension DemoFleet {
    /// What the machines of a department are like.
    fileprivate struct Kind {
        typealias Size = (vcpus: Int, memoryGB: Int, diskGB: Int)
        var name: String
        var prefix: String
        /// How many machines it has, compared with the others.
        var share: Int
        var systems: [DemoOS]
        var sizes: [Size]

        static let small: Size = (2, 4, 60)
        static let middle: Size = (4, 8, 120)
        static let large: Size = (8, 16, 250)
        static let huge: Size = (16, 32, 500)

        static let all = [
            Kind(
                name: "Engineering", prefix: "eng", share: 7, systems: [.ubuntu, .fedora, .debian, .windows11],
                sizes: [middle, large, large, huge]),
            Kind(
                name: "Accounting", prefix: "acc", share: 4, systems: [.windows10, .windows11], sizes: [small, middle]),
            Kind(
                name: "Support", prefix: "sup", share: 5, systems: [.windows11, .windows10, .ubuntu], sizes: [small]),
            Kind(name: "Design", prefix: "dsn", share: 3, systems: [.windows11], sizes: [large, huge]),
            Kind(name: "Sales", prefix: "sal", share: 5, systems: [.windows11], sizes: [small, middle]),
            Kind(name: "Research", prefix: "res", share: 3, systems: [.fedora, .debian], sizes: [large, huge]),
            Kind(name: "Human Resources", prefix: "hr", share: 2, systems: [.windows11], sizes: [small]),
            Kind(name: "Training", prefix: "trn", share: 4, systems: [.windows10, .ubuntu], sizes: [small]),
            Kind(name: "Quality", prefix: "qa", share: 4, systems: DemoOS.allCases, sizes: [small, middle]),
            Kind(name: "Management", prefix: "mgt", share: 1, systems: [.windows11], sizes: [middle]),
        ]
    }
}
