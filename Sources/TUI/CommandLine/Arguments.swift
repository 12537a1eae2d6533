/// The words of a command line before they are parsed.
package enum Arguments {
    /// `--socket PATH` may stand before the command too, where a parser of subcommands does not look for it.
    package static func withSocketBehind(_ words: [String]) -> [String] {
        var socket: [String] = []
        var rest = words[...]
        while let first = rest.first {
            if first == "--socket", rest.count > 1 {
                socket = Array(rest.prefix(2))
                rest = rest.dropFirst(2)
            } else if first.hasPrefix("--socket=") {
                socket = [first]
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        // One that is given behind the command as well is the nearer one, and stays the only one.
        let options = rest.prefix { $0 != "--" }
        if socket.isEmpty || options.contains(where: { $0 == "--socket" || $0.hasPrefix("--socket=") }) {
            return socket.isEmpty ? words : Array(rest)
        }
        return options + socket + rest.dropFirst(options.count)
    }

    /// The socket that a half-typed command line names, for completions.
    package static func socket(in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word.hasPrefix("--socket=") { return String(word.dropFirst("--socket=".count)) }
            if word == "--socket", index + 1 < words.count, !words[index + 1].isEmpty { return words[index + 1] }
        }
        return nil
    }
}
