/// What of a call Ollama can't be told, each field once.
struct OllamaLosses {
    private(set) var all: [Loss] = []

    mutating func add(_ field: String, _ detail: String) {
        if !all.contains(where: { $0.field == field }) { all.append(Loss(field, detail)) }
    }

    /// Marks for a cache are lost.
    mutating func addCacheHint() { add("cache_control", "Ollama keeps its work by itself") }
}
