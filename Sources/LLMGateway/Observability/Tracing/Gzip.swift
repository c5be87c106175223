import CZlib

/// Compresses whole bodies (RFC 1952).
enum Gzip {
    /// The quickest level: of telemetry, which repeats itself, the best one makes little less.
    private static let level = Z_BEST_SPEED
    /// The largest window, and a gzip header and trailer around the data.
    private static let windowBits: Int32 = 15 + 16

    /// - Returns: nil when there is no memory for it, or `bytes` has more than 4 GiB.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard let length = UInt32(exactly: bytes.count),
            deflateInit2_(
                &stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(length)))
        // zlib reads what it is given, and asks for a pointer that it could write to.
        var input = bytes
        var isWhole = false
        let output = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = length
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(truncatingIfNeeded: bound)
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = Int(stream.total_out)
        }
        return isWhole ? output : nil
    }
}
