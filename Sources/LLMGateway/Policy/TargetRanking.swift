/// How a plan's targets are put in order.
enum ChoiceStrategy: String, Sendable, CaseIterable {
    /// As they are listed.
    case priority
    /// At random, by weight.
    case weighted
    /// Of two at random the one that ``PeakEWMA`` says costs less.
    case leastLatency = "least_latency"
    /// Of two at random the one with fewer calls in flight.
    case leastBusy = "least_busy"
    /// By price; the same price, as they are listed.
    case cheapest
}

/// Why a target is passed over.
enum Obstacle: Sendable, Equatable, CustomStringConvertible {
    /// The call needs what the target does not have: "images", "a context of 200000 tokens". It is never sent there.
    case lacks(String)
    /// Its provider was asked whether it is well, and isn't. It comes after those that are.
    case notReady
    /// Its breaker refuses calls. It comes last.
    case breakerOpen

    /// What follows a target's name, for people.
    var description: String {
        switch self {
        case .lacks(let need): "does not take \(need)"
        case .notReady: "has a provider that is not ready"
        case .breakerOpen: "has failed too often lately: its circuit breaker is open"
        }
    }

    /// Which of two targets that are both passed over is tried first. nil: neither now nor later.
    fileprivate var rank: Int? {
        switch self {
        case .lacks: nil
        case .notReady: 1
        case .breakerOpen: 2
        }
    }
}

/// One target of a plan, as it stands when a call is to be sent.
struct TargetStanding: Sendable {
    /// For `weighted`, relative to the others': 0...1,000,000. 0: only when no other is left.
    var weight = 1
    /// For `cheapest`: what the call costs there, in any unit that is the same for all. nil: unknown, and after all
    /// prices that are known.
    var price: Int64?
    /// For `least_busy`.
    var inFlight = 0
    /// For `least_latency`, see ``PeakEWMA/cost(inFlight:at:)``.
    var cost = 0.0
    /// nil: it may be called.
    var obstacle: Obstacle?
}

/// Which of a plan's targets comes first, second, …, and why others don't.
struct TargetRanking: Sendable, Equatable {
    /// By index, in the order in which to try them. Targets with an obstacle come after all without one, each kind by the
    /// same strategy: they are skipped while another is left. Empty only when every target lacks something.
    private(set) var order: [Int] = []
    /// How many of `order`, from its beginning, have no obstacle.
    private(set) var usableCount = 0
    /// Targets that are passed over, as they are listed.
    private(set) var skipped: [Skip] = []

    struct Skip: Sendable, Equatable {
        let target: Int
        let why: Obstacle
    }

    /// - Parameters:
    ///   - preferred: The target that should come first if nothing stands in its way, see ``Affinity``.
    ///   - random: Drawn from by `weighted`, `least_latency` and `least_busy` where there are two or more to choose from.
    init(
        of targets: [TargetStanding], by strategy: ChoiceStrategy, preferred: Int? = nil,
        using random: inout some RandomNumberGenerator
    ) {
        order.reserveCapacity(targets.count)
        for (index, target) in targets.enumerated() {
            if let obstacle = target.obstacle {
                skipped.append(Skip(target: index, why: obstacle))
            } else {
                order.append(index)
            }
        }
        usableCount = order.count
        Self.arrange(&order, from: 0, targets, by: strategy, using: &random)
        if let preferred, let place = order.firstIndex(of: preferred), place > 0 {
            order.insert(order.remove(at: place), at: 0)
        }
        guard !skipped.isEmpty else { return }
        for rank in 1...2 {
            let start = order.count
            order.append(contentsOf: skipped.lazy.filter { $0.why.rank == rank }.map(\.target))
            Self.arrange(&order, from: start, targets, by: strategy, using: &random)
        }
    }

    /// Puts what follows `start` in order.
    private static func arrange(
        _ order: inout [Int], from start: Int, _ targets: [TargetStanding], by strategy: ChoiceStrategy,
        using random: inout some RandomNumberGenerator
    ) {
        guard order.count - start > 1 else { return }
        switch strategy {
        case .priority: break
        case .cheapest:
            order[start...].sort { first, second in
                let (one, other) = (targets[first].price ?? .max, targets[second].price ?? .max)
                return one == other ? first < second : one < other
            }
        case .weighted: drawByWeight(&order, from: start, targets, using: &random)
        case .leastBusy:
            chooseOfTwo(&order, from: start, using: &random) { targets[$0].inFlight < targets[$1].inFlight }
        case .leastLatency: chooseOfTwo(&order, from: start, using: &random) { targets[$0].cost < targets[$1].cost }
        }
    }

    /// Each next one drawn by its weight among those that are left; those of no weight last, as they are listed.
    private static func drawByWeight(
        _ order: inout [Int], from start: Int, _ targets: [TargetStanding],
        using random: inout some RandomNumberGenerator
    ) {
        var total = order[start...].reduce(0) { $0 + targets[$1].weight }
        for position in start..<(order.count - 1) where total > 0 {
            var draw = Int.random(in: 0..<total, using: &random)
            let drawn = order[position...].firstIndex { target in
                draw -= targets[target].weight
                return draw < 0
            }
            let target = order.remove(at: drawn ?? position)
            order.insert(target, at: position)
            total -= targets[target].weight
        }
    }

    /// Each next one is the better of two drawn from those that are left.
    ///
    /// Two are nearly as good as all, and unlike the best of all they don't draw everyone to the same target when what is
    /// known is a moment old (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
    private static func chooseOfTwo(
        _ order: inout [Int], from start: Int, using random: inout some RandomNumberGenerator,
        isBetter: (Int, Int) -> Bool
    ) {
        for position in start..<(order.count - 1) {
            let first = Int.random(in: position..<order.count, using: &random)
            var second = Int.random(in: position..<(order.count - 1), using: &random)
            if second >= first { second += 1 }
            order.swapAt(position, isBetter(order[second], order[first]) ? second : first)
        }
    }
}
