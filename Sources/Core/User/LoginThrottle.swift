/// Decides who may try a password now. Only failures count; what is counted is forgotten by itself as time goes.
///
/// Three limits stand behind each other, and an attempt needs room in all of them:
/// one for an account from one address, which a person who mistypes meets;
/// one for an address, which whoever tries many accounts meets;
/// one for an account, which whoever tries it from many addresses meets. It would let strangers lock somebody out, and so
/// an address that the account has signed in from before passes the last two; and those who try it for the first time that
/// day have such a limit of their own, which strangers can fill only with ever new addresses.
///
/// An account is any text that somebody signs in as, whether there is such an account or not.
package struct LoginThrottle: Sendable {
    /// So many failures at once, and then one in each interval.
    package struct Limit: Equatable, Sendable {
        package var burst: Int
        package var interval: Int64

        package init(burst: Int, milliseconds: Int64) {
            self.burst = burst
            interval = milliseconds
        }
    }

    package static let pairLimit = Limit(burst: 5, milliseconds: 30_000)
    package static let addressLimit = Limit(burst: 30, milliseconds: 5_000)
    package static let accountLimit = Limit(burst: 50, milliseconds: 10_000)
    package static let newcomerLimit = Limit(burst: 50, milliseconds: 5_000)
    /// How often an address may fail with an account and still be a newcomer to it, and for how long that is remembered.
    static let newcomerTries = 2
    static let newcomerMemory: Int64 = 86_400_000
    /// How long an address counts as one of the account's own.
    static let trust: Int64 = 30 * 86_400_000

    private enum Key: Hashable {
        case pair(account: String, address: String)
        case address(String)
        case account(String)
        case newcomers(account: String)

        var limit: Limit {
            switch self {
            case .pair: LoginThrottle.pairLimit
            case .address: LoginThrottle.addressLimit
            case .account: LoginThrottle.accountLimit
            case .newcomers: LoginThrottle.newcomerLimit
            }
        }
    }

    /// By key: when all that was counted is forgotten. Source: the generic cell rate algorithm, ITU-T I.371.
    private var busyUntil: [Key: Int64] = [:]
    /// Pairs that signed in, until when they are trusted.
    private var trusted: [Key: Int64] = [:]
    /// Pairs that failed, how often, and until when that is remembered.
    private var failures: [Key: (count: Int, until: Int64)] = [:]
    private let capacity: Int

    /// - Parameter capacity: how many keys are kept in mind. Beyond it those are forgotten that matter least.
    package init(capacity: Int = 50_000) { self.capacity = max(4, capacity) }

    /// How many keys are kept in mind.
    var size: Int { max(busyUntil.count, failures.count) }

    /// Whether the account has signed in from this address before.
    package func trusts(account: String, address: String?, at now: Timestamp) -> Bool {
        trusted[pair(account, address)].map { $0 > now.rawValue } ?? false
    }

    /// Whether an attempt may be made. It counts as a failure until `succeeded` is told, so that many at once are no way
    /// around. Returns nil if it may, else the seconds until it may be.
    package mutating func begin(account: String, address: String?, at now: Timestamp) -> Int? {
        let keys = keys(account, address, at: now)
        let wait =
            keys.map { key in
                max(busyUntil[key] ?? 0, now.rawValue) - now.rawValue - Int64(key.limit.burst - 1) * key.limit.interval
            }.max() ?? 0
        if wait > 0 { return Int((wait + 999) / 1000) }
        makeRoom(for: keys.count, at: now)
        for key in keys { busyUntil[key] = max(busyUntil[key] ?? 0, now.rawValue) + key.limit.interval }
        noteFailure(of: pair(account, address), at: now)
        return nil
    }

    /// The attempt was right: it takes nothing from anybody's limit, and the failures of this pair are forgiven.
    package mutating func succeeded(account: String, address: String?, at now: Timestamp) {
        takeBack(account, address, at: now)
        let pair = pair(account, address)
        busyUntil[pair] = nil
        failures[pair] = nil
        if address != nil { trusted[pair] = now.rawValue + Self.trust }
    }

    /// The attempt came to no end, for a reason of the server's.
    package mutating func failedToTell(account: String, address: String?, at now: Timestamp) {
        takeBack(account, address, at: now)
    }

    /// As if the attempt had not been begun.
    private mutating func takeBack(_ account: String, _ address: String?, at now: Timestamp) {
        // First, because who is a newcomer depends on it.
        failures[pair(account, address)]?.count -= 1
        for key in keys(account, address, at: now) {
            if let until = busyUntil[key] { busyUntil[key] = until - key.limit.interval }
        }
    }

    private mutating func noteFailure(of pair: Key, at now: Timestamp) {
        if let known = failures[pair], known.until > now.rawValue {
            failures[pair] = (known.count + 1, known.until)
        } else {
            failures[pair] = (1, now.rawValue + Self.newcomerMemory)
        }
    }

    private func isNewcomer(_ pair: Key, at now: Timestamp) -> Bool {
        guard let known = failures[pair], known.until > now.rawValue else { return true }
        return known.count < Self.newcomerTries
    }

    private func keys(_ account: String, _ address: String?, at now: Timestamp) -> [Key] {
        let account = Self.bounded(account)
        let pair = pair(account, address)
        if let until = trusted[pair], until > now.rawValue { return [pair] }
        let keys = [pair, isNewcomer(pair, at: now) ? .newcomers(account: account) : .account(account)]
        guard let network = address.map(Self.network), !Self.isLoopback(network) else { return keys }
        return keys + [.address(network)]
    }

    private func pair(_ account: String, _ address: String?) -> Key {
        .pair(account: Self.bounded(account), address: address.map(Self.network) ?? "")
    }

    /// Attackers choose the text, and it is kept.
    private static func bounded(_ account: String) -> String { String(account.prefix(EmailRule.maximumLength)) }

    private mutating func makeRoom(for count: Int, at now: Timestamp) {
        if busyUntil.count + count > capacity {
            busyUntil = busyUntil.filter { $0.value > now.rawValue }
            if busyUntil.count + count > capacity {
                // Half of them go, those that would be forgotten soonest: this is seldom, and no attempt pays for it alone.
                let middle = busyUntil.values.sorted()[busyUntil.count / 2]
                busyUntil = busyUntil.filter { $0.value > middle }
            }
        }
        if failures.count >= capacity {
            let middle = failures.values.map(\.until).sorted()[failures.count / 2]
            failures = failures.filter { $0.value.until > middle }
        }
        if trusted.count >= capacity {
            let middle = trusted.values.sorted()[trusted.count / 2]
            trusted = trusted.filter { $0.value > middle }
        }
    }

    /// Whether the address may stand for everybody: a proxy on this host does.
    private static func isLoopback(_ network: String) -> Bool {
        network.hasPrefix("127.") || network == "0:0:0:0"
    }

    /// An IPv4 address as it is; of an IPv6 address the first 64 bits, because whoever has one has all of those.
    package static func network(of address: String) -> String {
        guard address.contains(":") else { return address }
        if let last = address.split(separator: ":").last, last.contains(".") { return String(last) }
        let halves = address.lowercased().split(separator: "%")[0]
        let groups = halves.split(separator: ":", omittingEmptySubsequences: false)
        guard let gap = groups.dropFirst().dropLast().firstIndex(of: ""), gap < 4 else {
            return groups.prefix(4).joined(separator: ":")
        }
        let behind = groups[(gap + 1)...].filter { !$0.isEmpty }
        let before = groups[..<gap].filter { !$0.isEmpty }
        let zeros = repeatElement(Substring("0"), count: max(0, 8 - before.count - behind.count))
        return (before + zeros + behind).prefix(4).joined(separator: ":")
    }
}
