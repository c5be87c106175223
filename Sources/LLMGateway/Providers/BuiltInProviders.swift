extension [any Provider.Type] {
    /// The provider types, in the order of the documentation.
    static var builtIn: Self {
        [
            OpenAIProvider.self,
            AnthropicProvider.self,
            OpenAICompatibleProvider.self,
            HuggingFaceProvider.self,
            SimulatedProvider.self,
        ]
    }
}
