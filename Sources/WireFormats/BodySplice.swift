/// A change to a body: some bytes in place of others. Several are sorted and don't overlap.
public struct BodySplice: Sendable, Equatable {
    /// What is replaced; empty where something is put in between.
    public let range: Range<Int>
    /// What comes in its place.
    public let replacement: [UInt8]

    /// A change.
    public init(_ range: Range<Int>, _ replacement: [UInt8]) {
        (self.range, self.replacement) = (range, replacement)
    }
}

extension UnsafeRawBufferPointer {
    /// These bytes with the changes made.
    public func spliced(_ splices: [BodySplice]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + splices.reduce(0) { $0 + $1.replacement.count })
        var position = 0
        for splice in splices {
            bytes.append(contentsOf: self[position..<splice.range.lowerBound])
            bytes.append(contentsOf: splice.replacement)
            position = splice.range.upperBound
        }
        bytes.append(contentsOf: self[position...])
        return bytes
    }
}
