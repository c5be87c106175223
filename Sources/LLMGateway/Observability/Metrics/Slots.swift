import Synchronization

/// Which copy of a series a thread writes to.
///
/// Every event loop has a shard of its own and is its only writer; threads that are no event loop use the last one,
/// ``MetricRegistry/sharedShard``. A scrape adds them up.
struct Shard: Sendable, Hashable {
    let index: Int
    /// Whether several threads may write at once, which takes an atomic addition instead of a load and a store.
    let isShared: Bool
}

/// A run of 64-bit cells, once per shard.
///
/// Additions are relaxed: a scrape may see one that happened a moment ago or not, and never a torn number.
///
/// `@unchecked Sendable`: every cell is an `Atomic`, and the memory is never freed (see ``SlotArena``).
struct Slots: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Atomic<UInt64>>
    /// Cells from one shard's run to the next shard's.
    private let stride: Int
    private let shards: Int

    fileprivate init(base: UnsafeMutablePointer<Atomic<UInt64>>, stride: Int, shards: Int) {
        (self.base, self.stride, self.shards) = (base, stride, shards)
    }

    @inline(__always)
    private func cell(_ position: Int, _ shard: Shard) -> UnsafeMutablePointer<Atomic<UInt64>> {
        precondition(UInt(bitPattern: shard.index) < UInt(bitPattern: shards), "a shard of another registry")
        return base + (shard.index &* stride &+ position)
    }

    /// Adds to a whole number, wrapping at 2^64, so that a negative difference may be given as its two's complement.
    @inline(__always)
    func add(_ amount: UInt64, at position: Int, on shard: Shard) {
        let cell = cell(position, shard)
        if shard.isShared {
            cell.pointee.wrappingAdd(amount, ordering: .relaxed)
        } else {
            cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
        }
    }

    /// Adds to a cell that holds the bits of a `Double`.
    @inline(__always)
    func addDecimal(_ amount: Double, at position: Int, on shard: Shard) {
        let cell = cell(position, shard)
        var seen = cell.pointee.load(ordering: .relaxed)
        if shard.isShared {
            while true {
                let wanted = (Double(bitPattern: seen) + amount).bitPattern
                let (exchanged, original) = cell.pointee.weakCompareExchange(
                    expected: seen, desired: wanted, ordering: .relaxed)
                if exchanged { return }
                seen = original
            }
        }
        cell.pointee.store((Double(bitPattern: seen) + amount).bitPattern, ordering: .relaxed)
    }

    /// Overwrites one cell of one shard.
    func store(_ bits: UInt64, at position: Int, on shard: Shard) {
        cell(position, shard).pointee.store(bits, ordering: .relaxed)
    }

    /// The sum of a whole number over all shards.
    func total(at position: Int) -> UInt64 {
        (0..<shards).reduce(0) { $0 &+ base[$1 * stride + position].load(ordering: .relaxed) }
    }

    /// The sum of a `Double` over all shards.
    func decimalTotal(at position: Int) -> Double {
        (0..<shards).reduce(0) { $0 + Double(bitPattern: base[$1 * stride + position].load(ordering: .relaxed)) }
    }
}

/// Hands out the memory of series.
///
/// The cells of one shard lie together and no cache line holds two shards' cells, so event loops never contend. Memory
/// is never given back: handles are plain pointers without reference counts, and a series, once exposed, stays.
final class SlotArena: Sendable {
    /// One per event loop, and the shared one.
    let shards: Int
    private let page: Mutex<Page?> = Mutex(nil)

    /// Cells per shard and page: 4 KiB.
    private static let pageLength = 512
    /// Two cache lines between shards, because processors prefetch lines in pairs.
    private static let padding = 16

    private struct Page: @unchecked Sendable {  // only reached under the lock; its cells are atomics
        let base: UnsafeMutablePointer<Atomic<UInt64>>
        let length: Int
        var used = 0
    }

    init(shards: Int) {
        precondition(shards > 0, "there is always the shared shard")
        self.shards = shards
    }

    /// Takes a run of cells, zeroed, in every shard.
    func allocate(_ count: Int) -> Slots {
        page.withLock { page in
            var current: Page
            if let page, page.used + count <= page.length {
                current = page
            } else {
                current = makePage(atLeast: count)
            }
            let slots = Slots(
                base: current.base + current.used, stride: current.length + Self.padding, shards: shards)
            current.used += count
            page = current
            return slots
        }
    }

    private func makePage(atLeast count: Int) -> Page {
        // A multiple of eight cells, so that every shard starts on a cache line.
        let length = max(Self.pageLength, (count + 7) / 8 * 8)
        let cells = (length + Self.padding) * shards
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: cells * MemoryLayout<Atomic<UInt64>>.stride, alignment: 128)
        let base = memory.bindMemory(to: Atomic<UInt64>.self, capacity: cells)
        for cell in 0..<cells { (base + cell).initialize(to: Atomic(0)) }
        return Page(base: base, length: length)
    }
}
