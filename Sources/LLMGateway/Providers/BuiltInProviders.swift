extension [any Provider.Type] {
    /// The provider types, in the order of the documentation.
    public static var builtIn: Self {
        [
            OpenAIProvider.self,
            AnthropicProvider.self,
            GeminiProvider.self,
            VertexGeminiProvider.self,
            VertexAnthropicProvider.self,
            AzureOpenAIProvider.self,
            OpenAICompatibleProvider.self,
            HuggingFaceProvider.self,
            OllamaProvider.self,
            BedrockProvider.self,
            SimulatedProvider.self,
        ]
    }
}
