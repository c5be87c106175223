/// What a request loses on its way to Google, each field once.
struct GeminiLosses {
    private(set) var list: [Loss] = []

    /// Notes a loss; the first of a field counts.
    mutating func add(_ field: String, _ detail: String) {
        guard !list.contains(where: { $0.field == field }) else { return }
        list.append(Loss(field, detail))
    }

    /// Notes a loss where there is something to lose.
    mutating func add(_ field: String, _ detail: String, if isLost: Bool) {
        if isLost { add(field, detail) }
    }
}
