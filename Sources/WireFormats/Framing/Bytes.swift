#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where `byte` first is in `bytes[from..<to]`; nil when it isn't.
@inline(__always)
func firstIndex(of byte: UInt8, in bytes: UnsafeRawPointer, from: Int, to: Int) -> Int? {
    guard from < to, let found = memchr(bytes + from, Int32(byte), to &- from) else { return nil }
    return UnsafeRawPointer(found) - bytes
}

/// Bytes that are gathered piece by piece and stay where they are until more come.
struct GatheredBytes: ~Copyable {
    private var storage: UnsafeMutableRawPointer?
    private var capacity = 0
    private(set) var count = 0

    /// More than this is given back when it is emptied, in bytes.
    private static let retainedCapacity = 64 << 10

    deinit { storage?.deallocate() }

    /// What is there; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: count) }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        guard let source = more.baseAddress, more.count > 0 else { return }
        if count + more.count > capacity {
            let newCapacity = max(count + more.count, capacity * 2, 512)
            let grown = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
            if let storage { grown.copyMemory(from: storage, byteCount: count) }
            storage?.deallocate()
            (storage, capacity) = (grown, newCapacity)
        }
        storage?.advanced(by: count).copyMemory(from: source, byteCount: more.count)
        count += more.count
    }

    mutating func append(_ byte: UInt8) {
        withUnsafeBytes(of: byte) { append($0) }
    }

    mutating func removeAll() {
        count = 0
        guard capacity > Self.retainedCapacity else { return }
        storage?.deallocate()
        (storage, capacity) = (nil, 0)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these are exactly the bytes of `text`.
    @inline(__always) func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && starts(with: text)
    }

    /// Whether these bytes begin with those of `text`.
    @inline(__always) func starts(with text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        for offset in 0..<text.utf8CodeUnitCount where self[offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// Whether these bytes begin with `beginning`.
    @inline(__always) func starts(withBytesOf beginning: [UInt8]) -> Bool {
        guard let base = baseAddress, count >= beginning.count else { return false }
        return beginning.withUnsafeBytes { bytes in
            bytes.baseAddress.map { memcmp($0, base, bytes.count) == 0 } ?? true
        }
    }

    /// A part of these bytes, which must be within them.
    @inline(__always) func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }
}
