/// What has to wait until an open tool call is whole, in order: other calls, each gathered into one, and what stands
/// between them.
struct AnthropicWaitingPieces {
    /// A call, as far as it has come.
    struct Call {
        let index: Int
        let id: String
        let name: String
        var arguments = ""
        var isWhole = false
    }

    /// What waits.
    enum Piece {
        case call(Call)
        case event(ChatEvent)
    }

    private var pieces: [Piece] = []
    /// The piece that is next.
    private var first = 0
    /// Where the calls are that more may come for, by index.
    private var places: [Int: Int] = [:]

    /// Takes in one more event.
    mutating func add(_ event: ChatEvent) {
        switch event {
        case .toolStart(let index, let id, let name, _):
            places[index] = pieces.count
            pieces.append(.call(Call(index: index, id: id, name: name)))
        case .toolArgumentsDelta(let index, let more): change(index) { $0.arguments += more }
        case .toolEnd(let index):
            change(index) { $0.isWhole = true }
            places[index] = nil
        default: pieces.append(.event(event))
        }
    }

    private mutating func change(_ index: Int, _ change: (inout Call) -> Void) {
        guard let place = places[index], case .call(var call) = pieces[place] else { return }
        // Taken out, so that the arguments aren't copied.
        pieces[place] = .event(.ping)
        change(&call)
        pieces[place] = .call(call)
    }

    /// The piece that has waited longest; nil when there is none.
    mutating func next() -> Piece? {
        guard first < pieces.count else { return nil }
        let piece = pieces[first]
        if case .call(let call) = piece, places[call.index] == first { places[call.index] = nil }
        first += 1
        if first == pieces.count { (pieces, first, places) = ([], 0, [:]) }
        return piece
    }
}
