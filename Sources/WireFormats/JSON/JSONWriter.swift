/// Writes JSON into bytes. Commas are its own affair; whoever calls says what there is, in order.
///
/// ```swift
/// json.object { json in
///     json.field("model", model)
///     json.field("temperature", temperature)           // nil: left out
///     json.array("tools", tools) { tool, json in json.value(tool.name) }
///     json.field("schema", raw: schema)                // spliced unread
/// }
/// ```
public struct JSONWriter {
    /// What was written so far.
    public private(set) var bytes: [UInt8]
    private var needsComma = false

    /// A writer that goes on where `bytes` ends.
    public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    /// Writes one value behind what `bytes` holds, in place.
    public static func append(to bytes: inout [UInt8], _ write: (inout JSONWriter) -> Void) {
        var json = JSONWriter(bytes)
        bytes = []
        // An array reserves no more than it is told: doubled, so that a long buffer isn't copied for every value.
        if json.bytes.capacity - json.bytes.count < 256 {
            json.bytes.reserveCapacity(max(json.bytes.count + 256, 2 * json.bytes.capacity))
        }
        write(&json)
        bytes = json.bytes
    }

    /// As ``append(to:_:)``, in one line, for streams whose events or lines would end where JSON is laid out in several:
    /// what was spliced loses its line ends, which stand between tokens only.
    public static func appendLine(to bytes: inout [UInt8], _ write: (inout JSONWriter) -> Void) {
        let start = bytes.count
        append(to: &bytes, write)
        func endsLine(_ byte: UInt8) -> Bool { byte == 0x0a || byte == 0x0d }
        guard bytes[start...].contains(where: endsLine) else { return }
        bytes.replaceSubrange(start..., with: bytes[start...].filter { !endsLine($0) })
    }

    /// The bytes of one value.
    public static func write(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        write(&json)
        return json.bytes
    }

    // MARK: Containers

    /// An object as the value, element or document.
    public mutating func object(_ members: (inout JSONWriter) -> Void) {
        container("{", "}", members)
    }

    /// An array as the value, element or document.
    public mutating func array<Elements: Sequence>(
        _ elements: Elements, _ write: (Elements.Element, inout JSONWriter) -> Void
    ) {
        container("[", "]") { json in
            for element in elements { write(element, &json) }
        }
    }

    private mutating func container(
        _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ contents: (inout JSONWriter) -> Void
    ) {
        separate()
        bytes.append(UInt8(ascii: opening))
        needsComma = false
        contents(&self)
        bytes.append(UInt8(ascii: closing))
        needsComma = true
    }

    /// A member that is an object.
    public mutating func object(_ name: String, _ members: (inout JSONWriter) -> Void) {
        key(name)
        object(members)
    }

    /// A member that is an array.
    public mutating func array<Elements: Sequence>(
        _ name: String, _ elements: Elements, _ write: (Elements.Element, inout JSONWriter) -> Void
    ) {
        key(name)
        array(elements, write)
    }

    // MARK: Members; a nil one is left out

    /// A member that is a string.
    public mutating func field(_ name: String, _ value: String?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    /// A member that is a whole number.
    public mutating func field(_ name: String, _ value: Int?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    /// A member that is a number. It must be finite.
    public mutating func field(_ name: String, _ value: Double?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    /// A member that is true or false.
    public mutating func field(_ name: String, _ value: Bool?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    /// A member whose value is JSON already.
    public mutating func field(_ name: String, raw value: (some Collection<UInt8>)?) {
        guard let value else { return }
        key(name)
        self.value(raw: value)
    }

    /// A member whose value `write` writes: exactly one.
    public mutating func field(_ name: String, _ write: (inout JSONWriter) -> Void) {
        key(name)
        write(&self)
    }

    /// A member that is null.
    public mutating func null(_ name: String) {
        key(name)
        value(raw: "null".utf8)
    }

    /// A member that is a string, or null without one.
    public mutating func nullable(_ name: String, _ value: String?) {
        if let value { field(name, value) } else { null(name) }
    }

    private mutating func key(_ name: String) {
        value(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Values

    /// A string as an element or document.
    public mutating func value(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { JSONEscape.write(UnsafeRawBufferPointer($0)) { bytes.append(contentsOf: $0) } }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A whole number as an element or document.
    public mutating func value(_ number: Int) {
        separate()
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var (first, rest) = (digits.count, number.magnitude)
            repeat {
                first -= 1
                digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                first -= 1
                digits[first] = UInt8(ascii: "-")
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: digits[first...]))
        }
    }

    /// A number as an element or document, in the fewest digits that read back as the same double. It must be finite.
    public mutating func value(_ number: Double) {
        precondition(number.isFinite, "JSON has no infinities")
        separate()
        bytes.append(contentsOf: number.description.utf8)
    }

    /// A single-precision number, in the fewest digits that read back as the same one. It must be finite.
    public mutating func value(_ number: Float) {
        precondition(number.isFinite, "JSON has no infinities")
        separate()
        bytes.append(contentsOf: number.description.utf8)
    }

    /// True or false as an element or document.
    public mutating func value(_ flag: Bool) {
        separate()
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    /// JSON already, spliced as it is.
    public mutating func value(raw json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }
}
