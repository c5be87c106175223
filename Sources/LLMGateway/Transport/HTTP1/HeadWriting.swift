import NIOCore

extension ByteBuffer {
    /// Appends what `body` writes, in as much room as it turns out to need.
    ///
    /// - Parameter guess: Bytes that are usually enough; when they aren't, `body` runs again with more.
    @inline(__always)
    mutating func writeHead(guess: Int, _ body: (inout HeadWriter) -> Void) {
        var room = guess
        while true {
            var fits = false
            writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
                var writer = HeadWriter(into: memory)
                body(&writer)
                fits = !writer.overflowed
                return fits ? writer.count : 0
            }
            if fits { return }
            room *= 4
        }
    }
}
