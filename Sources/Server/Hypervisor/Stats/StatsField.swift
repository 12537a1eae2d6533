import CLibvirt
import Glibc

/// The fields of libvirt's bulk stats that Bay reads, told apart by their names without making a string of each: a
/// pass over a thousand machines has a hundred thousand of them.
///
/// Source: `virConnectGetAllDomainStats`.
enum StatsField {
    case state, reason
    case cpuTime
    case vcpuCurrent
    case vcpuWait(Int)
    case balloonCurrent, balloonMaximum, balloonAvailable, balloonUsable, balloonUnused, balloonLastUpdate, balloonRSS
    case networkName(Int), networkReceived(Int), networkSent(Int)
    case diskName(Int), diskRead(Int), diskWritten(Int)
    case other

    init(_ parameter: virTypedParameter) {
        self = unsafe withUnsafeBytes(of: parameter.field) { bytes in
            let end = unsafe bytes.firstIndex(of: 0) ?? bytes.count
            return unsafe Self.read(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        }
    }

    private static func read(_ name: UnsafeRawBufferPointer) -> StatsField {
        guard name.count > 4 else { return .other }
        switch unsafe name[0] {
        case UInt8(ascii: "s"):
            if unsafe equals(name, "state.state") { return .state }
            if unsafe equals(name, "state.reason") { return .reason }
        case UInt8(ascii: "c"):
            if unsafe equals(name, "cpu.time") { return .cpuTime }
        case UInt8(ascii: "v"):
            if unsafe equals(name, "vcpu.current") { return .vcpuCurrent }
            if let (number, rest) = unsafe numbered(name, after: "vcpu."), unsafe equals(rest, "wait") {
                return .vcpuWait(number)
            }
        case UInt8(ascii: "n"):
            guard let (number, rest) = unsafe numbered(name, after: "net.") else { return .other }
            if unsafe equals(rest, "name") { return .networkName(number) }
            if unsafe equals(rest, "rx.bytes") { return .networkReceived(number) }
            if unsafe equals(rest, "tx.bytes") { return .networkSent(number) }
        case UInt8(ascii: "b"):
            if let (number, rest) = unsafe numbered(name, after: "block.") {
                if unsafe equals(rest, "name") { return .diskName(number) }
                if unsafe equals(rest, "rd.bytes") { return .diskRead(number) }
                if unsafe equals(rest, "wr.bytes") { return .diskWritten(number) }
                return .other
            }
            return unsafe balloon(name)
        default: break
        }
        return .other
    }

    private static func balloon(_ name: UnsafeRawBufferPointer) -> StatsField {
        if unsafe equals(name, "balloon.current") { return .balloonCurrent }
        if unsafe equals(name, "balloon.maximum") { return .balloonMaximum }
        if unsafe equals(name, "balloon.available") { return .balloonAvailable }
        if unsafe equals(name, "balloon.usable") { return .balloonUsable }
        if unsafe equals(name, "balloon.unused") { return .balloonUnused }
        if unsafe equals(name, "balloon.last-update") { return .balloonLastUpdate }
        if unsafe equals(name, "balloon.rss") { return .balloonRSS }
        return .other
    }

    private static func equals(_ name: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        unsafe name.count == text.utf8CodeUnitCount && memcmp(name.baseAddress!, text.utf8Start, name.count) == 0
    }

    /// Takes `vcpu.12.wait` apart into 12 and `wait`.
    private static func numbered(
        _ name: UnsafeRawBufferPointer, after prefix: StaticString
    ) -> (Int, UnsafeRawBufferPointer)? {
        let start = prefix.utf8CodeUnitCount
        guard name.count > start, unsafe memcmp(name.baseAddress!, prefix.utf8Start, start) == 0 else {
            return nil
        }
        var number = 0
        var index = start
        while index < name.count, unsafe (48...57).contains(name[index]), number < 1 << 20 {
            number = unsafe number * 10 + Int(name[index] - 48)
            index += 1
        }
        guard index > start, index < name.count, unsafe name[index] == UInt8(ascii: ".") else { return nil }
        return unsafe (number, UnsafeRawBufferPointer(rebasing: name[(index + 1)...]))
    }
}
