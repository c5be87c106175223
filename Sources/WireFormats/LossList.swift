/// What a call loses on its way into a format, each field once.
struct LossList {
    private(set) var losses: [Loss] = []

    /// Notes a loss, unless one of the same field is there.
    mutating func add(_ field: String, _ detail: String) {
        if !losses.contains(where: { $0.field == field }) { losses.append(Loss(field, detail)) }
    }

    /// Notes a loss where `isLost`.
    mutating func add(_ field: String, _ detail: String, if isLost: Bool) {
        if isLost { add(field, detail) }
    }
}
