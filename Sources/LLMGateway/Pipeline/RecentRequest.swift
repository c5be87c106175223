import NIOCore
import WireFormats

/// What is remembered of a request after its end, for those who ask why it went as it did.
///
/// One per request, and its only allocation: what it holds was there already. No content is among it, nothing of what the
/// client said or was told; and no name that is longer than names are. Up to 1,032 bytes glibc takes memory from a list of
/// the thread's own, so small members stand where they fill gaps.
final class RecentRequest: Sendable {
    let record: RequestRecord
    /// The time of the calendar at its end.
    let ended: WallClock
    let streamEnding: StreamEnding?
    /// When its first byte came; what ``attempts`` say of time is to be compared with it.
    let started: NIODeadline
    let times: PhaseClock
    /// The models that it was to go to, the client's own first.
    let routes: RouteHistory
    let attempts: AttemptHistory
    let passedOver: [PassedOver]
    /// Its attempts that were billed.
    let billed: [BilledAttempt]
    /// nil: nothing of its caller is limited.
    let limits: LimitsTaken?

    /// - Parameters:
    ///   - record: As it was logged.
    ///   - billed: See ``Call/billedAttempts``.
    ///   - failure: Why it was not answered; nil: it was.
    init(
        _ record: consuming RequestRecord, of call: Call, _ billed: [BilledAttempt], _ failure: GatewayError?,
        ended: WallClock
    ) {
        // The name is the client's to choose, and stands in plans and targets too.
        let isNameable = (record.model?.utf8.count ?? 0) <= RequestRecord.longestName
        record.bound()
        self.record = record
        (self.ended, started, times) = (ended, call.connection.headStarted, call.times)
        for position in 0..<call.history.count {
            call.history.change(position) { RequestRecord.cut(&$0.upstreamRequestID, RequestRecord.longestName) }
        }
        routes = isNameable ? call.routes : RouteHistory()
        attempts = isNameable ? call.history : AttemptHistory()
        passedOver = isNameable ? call.passedOver : []
        self.billed = isNameable ? billed : []
        streamEnding = call.streamEnding
        limits = call.caller.isLimited ? LimitsTaken(call, failure) : nil
    }
}

/// What a call took of its caller's limits, and what it gave back.
struct LimitsTaken: Sendable {
    /// How the limits stood when they were last asked.
    let standing: RateStanding
    /// What was set aside for it, and then what it used: tokens.
    let reservedTokens: Int
    let usedTokens: Int
    /// The same of money; what has no known price counts as nothing.
    let reservedCost: Cost
    let usedCost: Cost
    /// nil: none did.
    let refusedBy: Admission.Limit?

    fileprivate init(_ call: Call, _ failure: GatewayError?) {
        standing = call.allowance.standing
        (reservedTokens, reservedCost) = (call.allowance.reservedTokens, call.allowance.reservedCost)
        (usedTokens, usedCost) = (call.tokensUsed, call.billedCost)
        refusedBy = if case .limitReached(let refusal, _)? = failure?.reason { refusal.limit } else { nil }
    }
}

/// A model that a call was to go to, and how its targets were put in order.
struct RouteTaken: Sendable {
    /// nil: the one that the client asked for; else a fallback.
    let fallback: String?
    let plan: Plan
    /// nil: it came to none.
    let order: TargetOrder?
}

/// The models that a call was to go to, in order. The first, nearly always the only one, takes no memory of its own.
struct RouteHistory: Sendable {
    private var first: RouteTaken?
    private var others: [RouteTaken] = []

    var all: [RouteTaken] { first.map { [$0] + others } ?? [] }

    mutating func append(_ route: RouteTaken) {
        if first == nil { first = route } else { others.append(route) }
    }
}

extension RequestRecord {
    /// In bytes. Names of models and the like are shorter.
    static let longestName = 256
    private static let longestDetail = 2048
    private static let mostParams = 32

    /// Takes out what was said, and shortens what is longer than anyone needs.
    fileprivate mutating func bound() {
        (requestBody, responseBody) = (nil, nil)
        Self.cut(&requestID, Self.longestName)
        Self.cut(&method, Self.longestName)
        Self.cut(&path, Self.longestName)
        Self.cut(&clientIP, Self.longestName)
        Self.cut(&model, Self.longestName)
        Self.cut(&upstreamModel, Self.longestName)
        Self.cut(&upstreamRequestID, Self.longestName)
        Self.cut(&errorDetail, Self.longestDetail)
        guard !droppedParams.isEmpty else { return }
        if droppedParams.count > Self.mostParams { droppedParams.removeLast(droppedParams.count - Self.mostParams) }
        for index in droppedParams.indices { Self.cut(&droppedParams[index], Self.longestName) }
    }

    fileprivate static func cut(_ text: inout String?, _ limit: Int) {
        if let count = text?.utf8.count, count > limit { text = text.map { cut($0, limit) } }
    }

    private static func cut(_ text: inout String, _ limit: Int) {
        if text.utf8.count > limit { text = cut(text, limit) }
    }

    @inline(never)
    private static func cut(_ text: String, _ limit: Int) -> String {
        String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "…"
    }
}
