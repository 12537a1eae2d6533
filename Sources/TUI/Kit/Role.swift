/// What a piece of text means. A theme gives each role its colours; screens and their golden tests know roles only.
package enum Role: UInt8, CaseIterable, Sendable {
    case text
    /// Less important than text: units, ages, hints.
    case muted
    case border
    case title
    /// The focused pane's border and title.
    case focus
    /// The row under the cursor of the focused pane.
    case selected
    /// The row under the cursor of a pane without focus.
    case selectedInactive
    /// Rows that are marked for a bulk action.
    case marked
    case header
    case key
    case accent
    case good
    case warning
    case danger
    /// A value older than it should be.
    case stale
    /// Text that a filter matched.
    case match
    case input
    /// Where an input field ends its text: the caret.
    case caret
    case graphLow
    case graphMiddle
    case graphHigh
    case graphSecond
    case statusBar
    case statusGood
    case statusWarning
    case statusDanger
    case dialog
    case dialogTitle
    case button
    case buttonFocused
}
