extension [any WireFormat] {
    /// The formats that the gateway speaks.
    public static var builtIn: Self {
        [
            OpenAIChatFormat(),
            OpenAICompletionsFormat(),
            OpenAIEmbeddingsFormat(),
            OpenAIResponsesFormat(),
            AnthropicMessagesFormat(),
            GeminiFormat(),
            OllamaFormat(),
            BedrockConverseFormat(),
            HuggingFaceTGIFormat(),
        ]
    }
}
