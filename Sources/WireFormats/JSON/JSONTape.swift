/// Reads JSON texts, one after the other, into a flat list of ranges that is reused: no tree, no copies, no
/// allocation once it has grown. Keep one for each event loop.
///
/// A text is checked whole, in one pass: structure, depth, numbers, escapes, UTF-8. What comes back is a ``JSONNode``
/// that decodes what it is asked for. Duplicate keys are allowed, and the last one wins. A lone surrogate escape
/// is text; it decodes as U+FFFD.
public final class JSONTape {
    /// How deep arrays and objects may be nested.
    public static let maximumDepth = 128

    /// One value or key, 16 bytes; a container is followed by its contents.
    struct Entry {
        /// Where it begins in the text.
        var start: UInt32
        /// Where it ends in the text.
        var end: UInt32
        /// The entry behind this one and all that it holds; while the container is open, its parent.
        var next: UInt32
        var kind: JSONNode.Kind
        /// Whether a string holds a backslash.
        var isEscaped = false
    }

    private var entries: UnsafeMutablePointer<Entry>
    private var capacity: Int
    private var count = 0

    private static let initialCapacity = 256
    /// Above this (1 MiB), the list is given back before the next text is read.
    private static let retainedCapacity = (1 << 20) / MemoryLayout<Entry>.stride

    /// An empty tape.
    public init() {
        capacity = Self.initialCapacity
        entries = .allocate(capacity: capacity)
    }

    deinit { entries.deallocate() }

    /// Reads one text, all of `bytes`.
    ///
    /// - Returns: The outermost value. It, and every node taken from it, is valid while `bytes` lives and until this
    ///   tape reads again.
    /// - Throws: ``JSONError``; the nodes of the text before it are gone all the same.
    public func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONNode {
        guard let text = bytes.baseAddress, bytes.count > 0 else { throw JSONError(reason: .unexpectedEnd, offset: 0) }
        guard bytes.count < Int(UInt32.max) else { throw JSONError(reason: .tooLarge, offset: 0) }
        if capacity > Self.retainedCapacity { reallocate(Self.initialCapacity) }
        count = 0
        var scanner = JSONScanner(text, end: bytes.count)
        guard read(&scanner) else { throw scanner.fault }
        return JSONNode(text: text, tape: UnsafePointer(entries), index: 0)
    }

    /// As ``parse(_:)``, for a body that a client or an upstream sent.
    public func parseBody(_ bytes: UnsafeRawBufferPointer) throws(MalformedBody) -> JSONNode {
        do throws(JSONError) { return try parse(bytes) } catch { throw MalformedBody(error) }
    }

    private func reallocate(_ newCapacity: Int) {
        let grown = UnsafeMutablePointer<Entry>.allocate(capacity: newCapacity)
        grown.moveInitialize(from: entries, count: min(count, newCapacity))
        entries.deallocate()
        (entries, capacity) = (grown, newCapacity)
    }

    @inline(__always) private func append(_ kind: JSONNode.Kind, _ start: Int, _ end: Int, next: Int, escaped: Bool) {
        if count == capacity { reallocate(capacity * 2) }
        let entry = Entry(
            start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
            next: UInt32(truncatingIfNeeded: next), kind: kind, isEscaped: escaped)
        (entries + count).initialize(to: entry)
        count &+= 1
    }

    /// Reads the text into the list; false once the scanner has a fault.
    private func read(_ scanner: inout JSONScanner) -> Bool {
        let noParent = Int(UInt32.max)
        var parent = noParent
        var isObject = false
        var depth = 0
        var at = scanner.skipBlanks(0)

        nextValue: while true {
            guard at < scanner.end else { return scanner.fail(.unexpectedEnd, at) >= 0 }
            let start = at
            let first = scanner.byte(at)
            switch first {
            case UInt8(ascii: "\""):
                at = scanner.skipString(at &+ 1)
                if at < 0 { return false }
                append(.string, start, at, next: count &+ 1, escaped: scanner.sawEscape)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth < Self.maximumDepth else { return scanner.fail(.tooDeep, at) >= 0 }
                depth &+= 1
                isObject = first == UInt8(ascii: "{")
                append(isObject ? .object : .array, start, 0, next: parent, escaped: false)
                parent = count &- 1
                at = scanner.skipBlanks(at &+ 1)
                // The end of an empty container is met below, where all ends are.
                if at < scanner.end, scanner.byte(at) == first &+ 2 { break }
                if isObject {
                    at = readKey(&scanner, at)
                    if at < 0 { return false }
                }
                continue nextValue
            case UInt8(ascii: "t"):
                at = scanner.skipWord("true", at: at)
                if at < 0 { return false }
                append(.true, start, at, next: count &+ 1, escaped: false)
            case UInt8(ascii: "f"):
                at = scanner.skipWord("false", at: at)
                if at < 0 { return false }
                append(.false, start, at, next: count &+ 1, escaped: false)
            case UInt8(ascii: "n"):
                at = scanner.skipWord("null", at: at)
                if at < 0 { return false }
                append(.null, start, at, next: count &+ 1, escaped: false)
            default:
                at = scanner.skipNumber(at)
                if at < 0 { return false }
                append(.number, start, at, next: count &+ 1, escaped: false)
            }

            while true {
                at = scanner.skipBlanks(at)
                if parent == noParent {
                    return at == scanner.end || scanner.fail(.trailingBytes, at) >= 0
                }
                guard at < scanner.end else { return scanner.fail(.unexpectedEnd, at) >= 0 }
                let found = scanner.byte(at)
                if found == UInt8(ascii: ",") {
                    at = scanner.skipBlanks(at &+ 1)
                    if isObject {
                        at = readKey(&scanner, at)
                        if at < 0 { return false }
                    }
                    continue nextValue
                }
                guard found == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    return scanner.fail(.expectedSeparator, at) >= 0
                }
                at &+= 1
                let closed = entries + parent
                parent = Int(closed.pointee.next)
                closed.pointee.end = UInt32(truncatingIfNeeded: at)
                closed.pointee.next = UInt32(truncatingIfNeeded: count)
                isObject = parent != noParent && entries[parent].kind == .object
                depth &-= 1
            }
        }
    }

    /// Reads a key and its colon; returns where the value begins, or -1.
    @inline(__always) private func readKey(_ scanner: inout JSONScanner, _ start: Int) -> Int {
        guard start < scanner.end else { return scanner.fail(.unexpectedEnd, start) }
        guard scanner.byte(start) == UInt8(ascii: "\"") else { return scanner.fail(.expectedKey, start) }
        var at = scanner.skipString(start &+ 1)
        if at < 0 { return -1 }
        append(.string, start, at, next: count &+ 1, escaped: scanner.sawEscape)
        at = scanner.skipBlanks(at)
        guard at < scanner.end else { return scanner.fail(.unexpectedEnd, at) }
        guard scanner.byte(at) == UInt8(ascii: ":") else { return scanner.fail(.expectedColon, at) }
        return scanner.skipBlanks(at &+ 1)
    }
}
