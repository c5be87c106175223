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
    private(set) var snapshot: Snapshot
    /// The models that the snapshot's providers said they have; a request keeps what it began with here too.
    private(set) var listed = ListedModels.none
    /// What clients may not hand back; the same for all loops.
    let memory: OpaqueStateMemory
    /// The limits that all replicas share; nil: each has its own.
    let sharedLimits: SharedLimits?
    /// The calls of models that ended in this turn of the loop, and are yet to be accounted for.
    var ended: [EndedCall] = []
    /// The last calls of models that ended here.
    var recent: Ring<RecentRequest>
    /// Plans made already.
    private var plans: [PlanName: RoutedPlan] = [:]

    private struct PlanName: Hashable {
        let model: String
        let pinned: String?
    }
    /// Memory for requests to upstreams that is not in use.
    private var spareBuffers: [ByteBuffer] = []
    var random: RequestRandom
    /// How errors are written where the path has no format of its own.
    let defaultFormat: any WireFormat = OpenAIChatFormat()
    /// By provider: the second in which its last success was reported.
    private var reported: [Int64] = []

    private let keys: KeyRing
    private var knownCallers: CallerTable

    /// How many requests all loops together remember.
    static let remembered = 1000

    /// - Parameter remembers: How many requests this loop does.
    init(
        _ loop: Loop, shard: Shard, snapshot: Snapshot, memory: OpaqueStateMemory, keys: KeyRing,
        sharedLimits: SharedLimits? = nil, remembers: Int = remembered
    ) {
        self.loop = loop
        recent = Ring(capacity: remembers)
        self.keys = keys
        knownCallers = keys.callers
        (self.memory, self.sharedLimits) = (memory, sharedLimits)
        self.shard = shard
        self.snapshot = snapshot
        random = RequestRandom()
    }

    /// From now on requests begin with these.
    func use(_ snapshot: Snapshot, _ listed: ListedModels) {
        (self.snapshot, self.listed) = (snapshot, listed)
        plans.removeAll()
    }

    /// Takes over what providers have said. What is in the order of another configuration is nothing to this one.
    func take(_ listed: ListedModels) {
        guard listed.generation == snapshot.generation else { return }
        self.listed = listed
        plans.removeAll()
    }

    /// Everybody who may call.
    var callers: CallerTable {
        if keys.version != knownCallers.version { knownCallers = keys.callers }
        return knownCallers
    }

    /// The targets that may answer a call of `model`.
    ///
    /// - Parameters:
    ///   - pinned: The provider that the path names.
    ///   - snapshot: The one that the call began with; `listed` likewise.
    func plan(
        for model: String, pinned: String?, by snapshot: Snapshot, _ listed: ListedModels
    ) -> Result<RoutedPlan, Unresolved> {
        guard snapshot === self.snapshot, listed === self.listed else {
            return snapshot.route(model, pinned: pinned, listed: listed)
        }
        let name = PlanName(model: model, pinned: pinned)
        if let known = plans[name] { return .success(known) }
        let route = snapshot.route(model, pinned: pinned, listed: listed)
        if case .success(let plan) = route, model.utf8.count <= Self.longestName {
            // Names are the clients' to choose: there must be no end to them.
            if plans.count >= Self.mostPlans { plans.removeAll(keepingCapacity: true) }
            plans[name] = plan
        }
        return route
    }

    private static let mostPlans = 1024
    /// In bytes.
    private static let longestName = 256

    /// An empty buffer, which the caller gives back with ``giveBack(_:)`` when nobody refers to its bytes any more.
    func takeBuffer(capacity: Int) -> ByteBuffer {
        guard capacity <= Self.spareCapacity else { return ByteBufferAllocator().buffer(capacity: capacity) }
        return spareBuffers.popLast() ?? ByteBufferAllocator().buffer(capacity: Self.spareCapacity)
    }

    func giveBack(_ buffer: consuming ByteBuffer) {
        guard buffer.capacity <= Self.spareCapacity, spareBuffers.count < 64 else { return }
        buffer.clear()
        spareBuffers.append(buffer)
    }

    /// As much as the usual request takes, in bytes.
    private static let spareCapacity = 16 << 10

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

    /// The lower 32 bits as eight digits, one a byte: all at once, where a loop would take eight turns.
    private static func hexadecimal(_ bits: UInt64) -> UInt64 {
        var digits = bits & 0xffff_ffff
        digits = (digits | digits &<< 16) & 0x0000_ffff_0000_ffff
        digits = (digits | digits &<< 8) & 0x00ff_00ff_00ff_00ff
        digits = (digits | digits &<< 4) & 0x0f0f_0f0f_0f0f_0f0f
        // 1 in each byte that is above 9: those are letters, 39 places behind the digits' last.
        let letters = ((digits &+ 0x0606_0606_0606_0606) &>> 4) & 0x0101_0101_0101_0101
        return digits &+ 0x3030_3030_3030_3030 &+ letters &* 39
    }

    /// An id for a request: `req_` and 24 hexadecimal digits.
    mutating func requestID() -> String {
        let (high, low) = (next(), next())
        return String(unsafeUninitializedCapacity: 28) { bytes in
            let raw = UnsafeMutableRawBufferPointer(bytes)
            raw.storeBytes(of: 0x5f71_6572, as: UInt32.self)  // "req_", the lowest byte first
            raw.storeBytes(of: Self.hexadecimal(high), toByteOffset: 4, as: UInt64.self)
            raw.storeBytes(of: Self.hexadecimal(high &>> 32), toByteOffset: 12, as: UInt64.self)
            raw.storeBytes(of: Self.hexadecimal(low), toByteOffset: 20, as: UInt64.self)
            return 28
        }
    }
}
