/// One XML element as a value: what libvirt's descriptions of domains, snapshots and pools are read from and made of.
///
/// Text is kept apart from the children, since libvirt never mixes them: `text` is all character data of the element
/// without the white space around it.
package struct XMLElement: Equatable, Sendable {
    package var name: String
    /// In the order in which they were written.
    package var attributes: [Attribute]
    package var children: [XMLElement]
    package var text: String

    package struct Attribute: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String = "",
        children: [XMLElement] = []
    ) {
        self.name = name
        self.attributes = attributes.map { Attribute(name: $0.key, value: $0.value) }
        self.children = children
        self.text = text
    }
}

extension XMLElement {
    package subscript(attribute name: String) -> String? {
        attributes.first { $0.name == name }?.value
    }

    /// The first child of that name.
    package func child(_ name: String) -> XMLElement? {
        children.first { $0.name == name }
    }

    /// All children of that name.
    package func all(_ name: String) -> [XMLElement] {
        children.filter { $0.name == name }
    }

    /// The element at the end of a path of first children.
    package func find(_ path: String...) -> XMLElement? {
        var element = self
        for name in path {
            guard let next = element.child(name) else { return nil }
            element = next
        }
        return element
    }
}

extension XMLElement {
    /// The element as XML text. Everything that is not markup is escaped, so no value can become one.
    package var xml: String {
        var out = ""
        write(to: &out)
        return out
    }

    private func write(to out: inout String) {
        out += "<\(name)"
        for attribute in attributes {
            out += " \(attribute.name)='"
            Self.escape(attribute.value, to: &out)
            out += "'"
        }
        guard !children.isEmpty || !text.isEmpty else {
            out += "/>"
            return
        }
        out += ">"
        Self.escape(text, to: &out)
        for child in children { child.write(to: &out) }
        out += "</\(name)>"
    }

    private static func escape(_ value: String, to out: inout String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case "'": out += "&apos;"
            case "\"": out += "&quot;"
            case "\t", "\n", "\r": out += "&#\(scalar.value);"
            // XML 1.0 has no way to write these; a name that has them comes from a mistake or an attack.
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: out += "\u{FFFD}"
            default: out.unicodeScalars.append(scalar)
            }
        }
    }
}
