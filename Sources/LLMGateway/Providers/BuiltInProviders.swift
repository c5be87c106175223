extension [any Provider.Type] {
    /// The provider types, in the order of the documentation.
    static var builtIn: Self {
        [
            OpenAIProvider.self,
            AnthropicProvider.self,
            GeminiProvider.self,
            OpenAICompatibleProvider.self,
            HuggingFaceProvider.self,
            OllamaProvider.self,
            SimulatedProvider.self,
        ]
    }
}
