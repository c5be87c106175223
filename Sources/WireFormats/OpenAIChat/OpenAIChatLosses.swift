/// What could not be said, each field once.
struct OpenAIChatLosses {
    /// The losses, in the order in which they were met.
    private(set) var all: [Loss] = []

    mutating func add(_ field: String, _ detail: String) {
        if !all.contains(where: { $0.field == field }) { all.append(Loss(field, detail)) }
    }
}
