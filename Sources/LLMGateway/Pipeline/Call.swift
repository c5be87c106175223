import NIOCore
import WireFormats

/// One call of a model: what is known of it, what is under way for it, and what it came to.
///
/// Made once per request, used on its loop only; Sendable because an in-process provider's task, which runs on the same
/// loop, refers to it.
final class Call: ClientDependent, @unchecked Sendable {
    let connection: ServerConnection
    let state: LoopState
    let snapshot: Snapshot
    let listed: ListedModels
    let format: any WireFormat
    let place: CallPlace
    /// The provider that the path names.
    let pinned: String?
    let requestID: String
    /// Until it is known who calls: nobody in particular.
    var caller: Caller
    /// What it has taken of its caller's limits.
    var allowance = Allowance()

    /// Its place in a trace; nil: nothing is traced.
    var trace: CallTrace?

    var body = ByteBuffer()
    var outline: CallOutline?
    /// When all attempts must be over.
    var deadline = NIODeadline.distantFuture
    /// Whether the client has set that, and may have asked for more than a target can do.
    var isHurried = false
    /// Whether a plan chooses its targets by how soon they answer.
    var choosesByLatency = false
    /// The conversation that the call is a part of; nil where no plan goes by that.
    var conversation: UInt64?

    /// The call that this one is a second or first try of, beside another; nil: it is the client's own.
    private(set) var trunk: Call?
    /// The tries that are under way at the same time; nil: there is one at most.
    var race: Race?

    // What is under way; at most one of them.
    var exchange: UpstreamConnection?
    var queued: (any QueuePlace)?
    var job: Task<Void, any Error>?
    private var writable: UnsafeContinuation<Void, Never>?
    /// Why it is called off; the first reason stays.
    private(set) var interruption: UpstreamError?

    // What it came to.
    var provider: ConfiguredProvider?
    var target: Target?
    var profile: TargetProfile? { didSet { knownCost = nil } }
    var targetMetrics: TargetMetrics? { profile?.metrics }
    /// What waits to hear of this call how its target is.
    var trial: (health: TargetHealth, ticket: CircuitBreaker.Ticket)?
    private(set) var attempts = 0
    /// Its attempts, those of its branches too.
    var history = AttemptHistory()
    /// Where in the history the attempt is that is under way, or was the last; nil: there was none.
    private(set) var attemptPosition: Int?
    /// The models that it was to go to.
    var routes = RouteHistory()
    /// The targets that it could have gone to and did not.
    var passedOver: [PassedOver] = []
    /// Why the next attempt is made, should it not be the first.
    var cause = AttemptCause.failure(.reset)
    /// The providers that were sent something: the last one, and those before it.
    private var lastAsked = -1
    private var askedBefore: Set<Int> = []
    /// The model that answered, as it says itself, and what it used.
    var answeringModel: String?
    var usage: TokenUsage? { didSet { knownCost = nil } }
    /// What that costs, once somebody has asked.
    var knownCost: Cost??
    var usageIsEstimated = false
    /// What attempts before that cost.
    var spending = Spending()
    var upstreamRequestID: String?
    var times: PhaseClock
    var streamEnding: StreamEnding?
    /// Why a stream that had begun was ended with an error event.
    var streamFailure: GatewayError?
    private(set) var responseForLog: ByteBuffer?
    private(set) var responseForLogIsCut = false
    /// How the answer will be kept; nil: the client can't come back to it.
    var keeping: AnswerKeeping?
    /// Whether others who share the store, or the memory of tool calls, have to be told of this one.
    var hasKeptAnswer = false
    var hasKeptState = false
    /// The provider that keeps the answer which the call goes on from; nil: none does.
    var keeper: AnswerKeeper?
    /// What the client calls the answer that the call goes on from.
    var predecessor: String?
    /// How an answer that passes through is named to the client; nil: as the upstream has it.
    var answerNames: AnswerNames?
    /// The call as the canonical model has it; read once, where some target speaks another format.
    var request: ChatRequest?
    /// By their addresses: those of the call's pictures that had to be fetched for a target.
    var pictures: [String: Media] = [:]
    /// Whether other replicas have been asked for what belongs to the dialogue's tool calls.
    var hasFetchedStates = false
    /// What the last target's format could not say.
    var losses: [Loss] = []
    /// The format that the last target was spoken to in, where it isn't the client's.
    var spokenFormat: String?
    /// What the cache was to it.
    var cacheResult = CacheResult.bypass
    var keepAlive: KeepAlive?
    /// Whether all that the client has of its answer is a head and keep-alives.
    var hasOnlyKeepAlives = false

    init(
        _ connection: ServerConnection, _ state: LoopState, _ format: any WireFormat, _ place: CallPlace,
        pinned: String?, requestID: String
    ) {
        (self.connection, self.state, self.format, self.place) = (connection, state, format, place)
        (self.pinned, self.requestID) = (pinned, requestID)
        (snapshot, listed) = (state.snapshot, state.listed)
        caller = state.callers.stranger
        times = PhaseClock(at: connection.headStarted)
        times.end(.receive, at: connection.headCompleted)
    }

    /// A try of the same call beside others: with exchanges, times and losses of its own, until it is taken over by
    /// ``adopt(_:)``.
    init(branching trunk: Call) {
        (connection, state) = (trunk.connection, trunk.state)
        (snapshot, listed) = (trunk.snapshot, trunk.listed)
        (caller, hasFetchedStates) = (trunk.caller, trunk.hasFetchedStates)
        (format, place, pinned, requestID) = (trunk.format, trunk.place, trunk.pinned, trunk.requestID)
        (body, outline, request, pictures) = (trunk.body, trunk.outline, trunk.request, trunk.pictures)
        (deadline, isHurried, choosesByLatency) = (trunk.deadline, trunk.isHurried, trunk.choosesByLatency)
        (keeping, keeper, predecessor) = (trunk.keeping, trunk.keeper, trunk.predecessor)
        trace = trunk.trace
        (interruption, race) = (trunk.interruption, trunk.race)
        times = PhaseClock(at: trunk.times.mark)
        self.trunk = trunk
    }

    /// Goes on as a try of it has begun.
    func adopt(_ branch: Call) {
        (provider, target, profile, trial) = (branch.provider, branch.target, branch.profile, branch.trial)
        (losses, spokenFormat, answerNames) = (branch.losses, branch.spokenFormat, branch.answerNames)
        (request, pictures, exchange) = (branch.request, branch.pictures, branch.exchange)
        (upstreamRequestID, streamEnding) = (branch.upstreamRequestID, nil)
        attemptPosition = branch.attemptPosition
    }

    var operation: Operation { place.endpoint.operation }
    var streams: Bool { outline?.streams ?? false }
    /// What the client is told of the model; nil: whatever the upstream says.
    var shownModel: String? { snapshot.settings.routing.answerModel == .requested ? outline?.model : nil }
    /// Whether the client has something of an answer, a keep-alive apart: then no other target can take over.
    var hasBegun: Bool { connection.hasAnswered && !hasOnlyKeepAlives }

    /// Something is about to be sent to a target of this provider.
    func countAttempt(at provider: ConfiguredProvider) {
        if let trunk {
            attempts += 1
            trunk.cause = cause
            trunk.countAttempt(at: provider, target, trace?.attempt)
            attemptPosition = trunk.attemptPosition
        } else {
            countAttempt(at: provider, target, trace?.attempt)
        }
    }

    private func countAttempt(at provider: ConfiguredProvider, _ target: Target?, _ span: SpanID?) {
        if let target {
            attemptPosition = history.append(
                AttemptRecord(target: target, cause: attempts > 0 ? cause : nil, span: span))
        }
        if attempts > 0 {
            switch cause {
            case .hedge: provider.metrics.hedged(on: state.shard)
            case .failure(let result): provider.metrics.retried(after: result, on: state.shard)
            case .fallback(let reason): provider.metrics.fellBack(because: reason, on: state.shard)
            }
        }
        attempts += 1
        guard provider.ordinal != lastAsked else { return }
        if lastAsked >= 0 { askedBefore.insert(lastAsked) }
        lastAsked = provider.ordinal
        if !askedBefore.contains(lastAsked) { provider.traffic.requested() }
    }

    /// Keeps what the client is sent, as far as it will be logged.
    func keepForLog(_ piece: ByteBuffer) {
        guard snapshot.settings.log.bodies else { return }
        let limit = Redactor.bytesLookedAt(toShow: snapshot.settings.log.maxBodyLength)
        guard (responseForLog?.readableBytes ?? 0) < limit else {
            responseForLogIsCut = true
            return
        }
        if responseForLog == nil { responseForLog = ByteBuffer() }
        responseForLog?.writeImmutableBuffer(piece)
    }

    // MARK: Being called off

    func clientWentAway() { interrupt(.clientGone) }

    func serverStops() { interrupt(.serverStopping) }

    func clientCaughtUp() {
        if let exchange, exchange.isPaused {
            times.end(.clientStall, at: .now())
            exchange.resume()
        }
        resumeWriter()
    }

    /// Ends what is under way. Whoever waits for it is told why.
    func interrupt(_ reason: UpstreamError) {
        guard interruption == nil else { return }
        interruption = reason
        queued?.cancel(reason)
        exchange?.cancel(reason)
        job?.cancel()
        race?.interrupt(reason, from: self)
        resumeWriter()
    }

    /// The client can't keep up: the upstream is not read until it does.
    func holdUpstream() {
        guard let exchange, !exchange.isPaused else { return }
        times.end(.upstreamStream, at: .now())
        exchange.pause()
    }

    /// Until the client has read enough of what was written for it, or the call is off.
    func waitUntilWritable() async {
        guard !connection.isWritable, interruption == nil else { return }
        times.end(.upstreamStream, at: .now())
        await withUnsafeContinuation { writable = $0 }
        times.end(.clientStall, at: .now())
    }

    private func resumeWriter() {
        guard let writable else { return }
        self.writable = nil
        writable.resume()
    }
}

/// Why a call is sent again.
enum AttemptCause: Sendable {
    /// Another target has been silent for too long.
    case hedge
    /// The attempt before came to this.
    case failure(AttemptResult)
    /// The model before was left for this.
    case fallback(FallbackReason)
}
