extension XMLElement {
    /// Gives an attribute a value, or takes it away.
    package mutating func set(_ attribute: String, to value: String?) {
        let place = attributes.firstIndex { $0.name == attribute }
        switch (place, value) {
        case (let place?, let value?): attributes[place].value = value
        case (let place?, nil): attributes.remove(at: place)
        case (nil, let value?): attributes.append(Attribute(name: attribute, value: value))
        case (nil, nil): break
        }
    }

    /// Changes the first child of that name, if there is one.
    package mutating func edit(_ child: String, _ body: (inout XMLElement) -> Void) {
        guard let place = children.firstIndex(where: { $0.name == child }) else { return }
        body(&children[place])
    }

    /// Changes the first child of that name, which is made if there is none.
    package mutating func make(_ child: String, _ body: (inout XMLElement) -> Void) {
        if self.child(child) == nil { children.append(XMLElement(child)) }
        edit(child, body)
    }
}
