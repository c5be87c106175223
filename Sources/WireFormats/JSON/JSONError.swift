/// Why a text is not JSON, and where.
public struct JSONError: Error, Equatable, Sendable {
    /// What is wrong with the text.
    public enum Reason: String, Sendable {
        /// Arrays and objects are nested deeper than ``JSONTape/maximumDepth``.
        case tooDeep = "it is nested deeper than 128 levels"
        /// The text is 4 GiB or longer.
        case tooLarge = "it is too large"
        /// The text ends inside a value, or is empty.
        case unexpectedEnd = "it ends too early"
        /// No value begins here.
        case expectedValue = "a value was expected"
        /// An object's key or its closing brace was expected.
        case expectedKey = "a key in double quotes was expected"
        /// The colon after a key is missing.
        case expectedColon = "a colon was expected"
        /// A comma or the container's end was expected.
        case expectedSeparator = "a comma or the end of the list was expected"
        /// A string holds a bare control character or an unknown escape.
        case invalidString = "a string holds a control character or an unknown escape"
        /// A string is not UTF-8.
        case invalidUTF8 = "a string is not valid UTF-8"
        /// A number is not spelled as RFC 8259 wants it.
        case invalidNumber = "a number is malformed"
        /// Something follows the value.
        case trailingBytes = "something follows the value"
    }

    /// What is wrong with the text.
    public let reason: Reason

    /// The byte at which it was noticed, counted from 0.
    public let offset: Int
}
