/// Puts an answer's pieces together as output items, and tells each step of it, which is what a stream shows.
///
/// One piece of reasoning or one message is being told at a time, and any number of calls. A state that belongs to a call
/// or a text becomes a reasoning item of its own, before the one and behind the other; see
/// ``OpenAIResponsesCarriedState``.
struct OpenAIResponsesOutput {
    /// What happened to the item at a place, or to one of its parts.
    enum Step {
        case itemAdded
        case partAdded(OpenAIResponsesItem.Part)
        case textAdded(String, OpenAIResponsesItem.Part)
        case partDone(OpenAIResponsesItem.Part)
        case itemDone
    }

    /// Takes a step, the item as it is after it, the item's place in the output and the place of its last part.
    typealias Listener = (_ step: Step, _ item: OpenAIResponsesItem, _ place: Int, _ part: Int) -> Void

    /// What there is so far, in the order in which it began.
    private(set) var items: [OpenAIResponsesItem] = []
    /// Why the answer ended.
    private(set) var stopReason: StopReason?

    /// The answer's id, without its prefix: what the items' ids are made of.
    private let id: String
    /// The client's custom tools, whose calls are items of another type.
    private let customTools: Set<String>
    /// The place of the message or reasoning that is being told.
    private var speaking: Int?
    /// The places of the calls that are being told, by the calls' indexes.
    private var calls: [Int: Int] = [:]
    /// The place of a call that is whole, unless the next event is that the answer was cut.
    private var endedCall: Int?
    private var callIDs: Set<String> = []

    init(_ call: AnsweredCall) { (id, customTools) = (call.id, call.request.customToolNames) }

    /// Whether the model refused in words.
    var hasRefusal: Bool { items.contains { $0.parts.contains(where: \.isRefusal) } }

    /// Takes in one more event.
    mutating func add(_ event: ChatEvent, _ listener: Listener) {
        switch event {
        case .start, .usage, .ping, .failure: return
        case .finish(let reason):
            stopReason = reason
            return end(listener)
        default: settleCall(listener)
        }
        switch event {
        case .textDelta(let text): speak(text, as: .message, listener)
        case .refusalDelta(let text): speak(text, as: .message, isRefusal: true, listener)
        case .reasoningDelta(let text): speak(text, as: .reasoning, listener)
        case .reasoningEnd(let state): endReasoning(state, listener)
        case .hiddenReasoning(let state): carry(.hidden, state, listener)
        case .textState(let state): carry(.text, state, listener)
        case .toolStart(let index, let id, let name, let state):
            beginCall(index, id: id, name: name, state, listener)
        case .toolArgumentsDelta(let index, let text):
            if let place = calls[index], !text.isEmpty { add(text, at: place, listener) }
        case .toolEnd(let index):
            endedCall = calls.removeValue(forKey: index)
        case .foreign(let part) where part.origin == OpaqueState.openAI:
            stopSpeaking(listener)
            close(open(.foreign(part.json), "it", listener), listener)
        case .foreign, .start, .usage, .ping, .finish, .failure: break
        }
    }

    /// Nothing more comes: closes what is open.
    mutating func end(_ listener: Listener) {
        let isCut = stopReason?.cutsAnswers ?? false
        let open = (calls.values + [speaking, endedCall].compactMap { $0 }).sorted()
        for place in open { close(place, isCut: isCut, listener) }
        (speaking, endedCall, calls) = (nil, nil, [:])
    }

    // MARK: Texts

    private mutating func speak(
        _ text: String, as kind: OpenAIResponsesItem.Kind, isRefusal: Bool = false, _ listener: Listener
    ) {
        guard !text.isEmpty else { return }
        if let speaking, items[speaking].kind != kind { stopSpeaking(listener) }
        let place = speaking ?? open(kind, kind == .message ? "msg" : "rs", listener)
        speaking = place
        if let last = items[place].parts.last {
            if last.isRefusal != isRefusal {
                tell(.partDone(last), at: place, listener)
                addPart(OpenAIResponsesItem.Part(isRefusal: isRefusal), at: place, listener)
            }
        } else {
            addPart(OpenAIResponsesItem.Part(isRefusal: isRefusal), at: place, listener)
        }
        add(text, at: place, listener)
    }

    private mutating func stopSpeaking(_ listener: Listener) {
        if let speaking { close(speaking, listener) }
        speaking = nil
    }

    private mutating func endReasoning(_ state: OpaqueState?, _ listener: Listener) {
        guard let place = speaking, items[place].kind == .reasoning else {
            if let state { carry(.reasoning, state, listener) }
            return
        }
        if let state { items[place].seal(OpenAIResponsesCarriedState(.reasoning, state)) }
        stopSpeaking(listener)
    }

    /// Adds a reasoning item that is nothing but a state.
    private mutating func carry(
        _ owner: OpenAIResponsesCarriedState.Owner, _ state: OpaqueState, _ listener: Listener
    ) {
        stopSpeaking(listener)
        close(open(.reasoning, "rs", carrying: OpenAIResponsesCarriedState(owner, state), listener), listener)
    }

    // MARK: Calls

    private mutating func beginCall(
        _ index: Int, id: String, name: String, _ state: OpaqueState?, _ listener: Listener
    ) {
        stopSpeaking(listener)
        if let open = calls.removeValue(forKey: index) { close(open, listener) }
        if let state { carry(.call, state, listener) }
        // Results are paired with calls by this id alone, so it must be there, and only once.
        let isUsable = !id.isEmpty && callIDs.insert(id).inserted
        let callID = isUsable ? id : "call_\(self.id)_\(items.count)"
        let isCustom = customTools.contains(name)
        let place = open(
            isCustom ? .customCall(id: callID, name: name) : .call(id: callID, name: name), isCustom ? "ctc" : "fc",
            listener)
        calls[index] = place
        addPart(OpenAIResponsesItem.Part(), at: place, listener)
    }

    private mutating func settleCall(_ listener: Listener) {
        if let endedCall { close(endedCall, listener) }
        endedCall = nil
    }

    // MARK: Items

    private mutating func open(
        _ kind: OpenAIResponsesItem.Kind, _ prefix: String, carrying state: OpenAIResponsesCarriedState? = nil,
        _ listener: Listener
    ) -> Int {
        let place = items.count
        var item = OpenAIResponsesItem(id: state?.ownID ?? "\(prefix)_\(id)_\(place)", kind)
        if let state { item.seal(state) }
        items.append(item)
        tell(.itemAdded, at: place, listener)
        return place
    }

    private mutating func addPart(_ part: OpenAIResponsesItem.Part, at place: Int, _ listener: Listener) {
        items[place].parts.append(part)
        tell(.partAdded(part), at: place, listener)
    }

    private mutating func add(_ text: String, at place: Int, _ listener: Listener) {
        let part = items[place].parts.count - 1
        let isRefusal = items[place].parts[part].isRefusal
        items[place].parts[part].text += text
        tell(.textAdded(text, OpenAIResponsesItem.Part(isRefusal: isRefusal)), at: place, listener)
    }

    private mutating func close(_ place: Int, isCut: Bool = false, _ listener: Listener) {
        if case .call = items[place].kind, !isCut, items[place].parts.last?.text.isEmpty == true {
            // Clients parse the arguments.
            add("{}", at: place, listener)
        }
        if let last = items[place].parts.last { tell(.partDone(last), at: place, listener) }
        (items[place].isDone, items[place].isCut) = (true, isCut)
        tell(.itemDone, at: place, listener)
    }

    private func tell(_ step: Step, at place: Int, _ listener: Listener) {
        listener(step, items[place], place, items[place].parts.count - 1)
    }
}

extension StopReason {
    /// Whether it ends answers before the model has said all.
    fileprivate var cutsAnswers: Bool {
        switch self {
        case .maxTokens, .contextFull, .contentFiltered: true
        default: false
        }
    }
}
