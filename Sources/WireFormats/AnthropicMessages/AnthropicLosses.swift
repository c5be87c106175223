/// What a call loses on its way to Anthropic, each field once.
struct AnthropicLosses {
    private(set) var all: [Loss] = []

    /// Notes a loss, unless the field has one.
    mutating func note(_ field: String, _ detail: String) {
        if !all.contains(where: { $0.field == field }) { all.append(Loss(field, detail)) }
    }
}
