import NIOCore
import WireFormats

/// What requests of one event loop share: made once, used by one request at a time, never locked.
///
/// Sendable because the reference is all that crosses threads: every use is on the loop.
final class LoopState: @unchecked Sendable {
    let loop: Loop
    let shard: Shard
    /// The JSON parser's memory. Nobody may wait between parsing and the last use of a node.
    let tape = JSONTape()
    /// What is in force; a request keeps the one that it began with.
    var snapshot: Snapshot
    /// The models that providers said they have.
    var listed = ListedModels.none
    var random: RequestRandom
    /// How errors are written where the path has no format of its own.
    let defaultFormat: any WireFormat = OpenAIChatFormat()
    /// By provider: the second in which its last success was reported.
    private var reported: [Int64] = []

    init(_ loop: Loop, shard: Shard, snapshot: Snapshot) {
        self.loop = loop
        self.shard = shard
        self.snapshot = snapshot
        random = RequestRandom()
    }

    /// Whether a provider's success is worth telling: once a second is enough to know that it lives.
    func reportsSuccess(of ordinal: Int, at second: Int64) -> Bool {
        while reported.count <= ordinal { reported.append(0) }
        guard reported[ordinal] != second else { return false }
        reported[ordinal] = second
        return true
    }
}

/// Random numbers for request ids and weighted choices: quick, and not for secrets. (Sebastiano Vigna's SplitMix64,
/// seeded by the system.)
struct RequestRandom: RandomNumberGenerator {
    private var state = UInt64.random(in: .min ... .max)

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed &>> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed &>> 31)
    }

    /// An id for a request: `req_` and 24 hexadecimal digits.
    mutating func requestID() -> String {
        let (high, low) = (next(), next())
        return String(unsafeUninitializedCapacity: 28) { bytes in
            for (index, byte) in "req_".utf8.enumerated() { bytes[index] = byte }
            for index in 0..<24 {
                let digit = UInt8(
                    truncatingIfNeeded: (index < 16 ? high &>> UInt64(4 * index) : low &>> UInt64(4 * (index - 16)))
                        & 15)
                bytes[4 + index] = digit < 10 ? 48 + digit : 87 + digit
            }
            return 28
        }
    }
}
