/// What a person did at the terminal.
package enum Input: Equatable, Sendable {
    case key(Key)
    /// Text pasted in one piece (bracketed paste); never read as commands.
    case paste(String)
    case mouse(Mouse)
    case resize(Size)
    case focus(Bool)
}

package enum Key: Hashable, Sendable {
    case character(Character)
    /// Control with a letter, lower case: `control("c")`.
    case control(Character)
    case alt(Character)
    case enter, escape, tab, backTab, backspace, delete, insert
    case up, down, left, right, home, end, pageUp, pageDown
    case function(Int)
}

package struct Mouse: Equatable, Sendable {
    package enum Action: Equatable, Sendable { case press(Int), release(Int), drag(Int), wheelUp, wheelDown }
    package var action: Action
    package var x: Int
    package var y: Int

    package init(_ action: Action, x: Int, y: Int) {
        self.action = action
        self.x = x
        self.y = y
    }
}
