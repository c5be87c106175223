/// How large a context window a call is given, in tokens.
///
/// It must be given one. Without `num_ctx` a model is loaded with 4,096 tokens on most machines, however much it could
/// take, and a longer dialogue loses its beginning without a word: the answer is a 200 like any other (ollama#5902,
/// ollama#5357, ollama#4967). Ollama's `/v1` endpoints can't say it at all. A window that is larger than the model's own
/// is lowered to that, so every call also says `"truncate":false`, which makes a refusal of what would be cut.
enum OllamaContextWindow {
    private static let smallest = 4096
    /// What an answer of unknown length is given.
    private static let answer = 4096
    /// What a picture comes to; Ollama itself counts 768.
    private static let picture = 1024

    /// A power of two, because a model is loaded anew for another window, and estimates differ from turn to turn.
    ///
    /// - Parameters:
    ///   - bytes: How much text there is to read; three bytes a token errs on the high side.
    ///   - output: The most that the answer may be long, in tokens, where that is known.
    static func size(forText bytes: Int, pictures: Int = 0, output: Int?) -> Int {
        // Neither comes near the limit, which keeps the sum from overflowing.
        let answer = min(output ?? answer, 1 << 40)
        let needed = max(bytes / 3 + pictures * picture + answer, smallest)
        return 1 << (Int.bitWidth - (needed - 1).leadingZeroBitCount)
    }
}
