/// Who vouches for the gateway on Azure, where neither a key nor a token is set: asked in the order in which Azure's own
/// libraries ask.
enum AzureIdentity: Sendable, Equatable {
    /// Entra ID, which takes the token in a file for an application of a tenant's (a cluster's workload identity).
    ///
    /// - authority: Where Entra ID is, without a slash at its end.
    case workload(tokenFile: String, tenant: String, application: String, authority: String)
    /// What runs the program for its owner (App Service, Functions, Container Apps).
    ///
    /// - application: One of several identities; nil: the only one.
    case host(endpoint: String, proof: Secret, application: String?)
    /// The machine's metadata service.
    case machine(endpoint: String, application: String?)

    /// - Parameter isWanted: Whether the provider is switched on, whatever it lacks.
    /// - Returns: nil: nothing says that there is anybody to ask.
    static func find(_ reading: SettingsReading, isWanted: Bool) -> AzureIdentity? {
        func variable(_ name: String) -> String? { reading.variable(name, in: reading.environment) }
        let application = variable("AZURE_CLIENT_ID")
        if let application, let tenant = variable("AZURE_TENANT_ID"),
            let file = variable("AZURE_FEDERATED_TOKEN_FILE")
        {
            let authority = variable("AZURE_AUTHORITY_HOST") ?? "https://login.microsoftonline.com"
            return .workload(
                tokenFile: file, tenant: tenant, application: application, authority: withoutLastSlash(authority))
        }
        if let endpoint = variable("IDENTITY_ENDPOINT"), let proof = variable("IDENTITY_HEADER") {
            return .host(endpoint: endpoint, proof: Secret(proof), application: application)
        }
        if let endpoint = variable("AZURE_POD_IDENTITY_AUTHORITY_HOST") {
            return .machine(endpoint: withoutLastSlash(endpoint), application: application)
        }
        guard isWanted || isMachineOfAzure else { return nil }
        return .machine(endpoint: "http://169.254.169.254", application: application)
    }

    /// What must never be shown.
    var secrets: [String] { if case .host(_, let proof, _) = self { [proof.reveal()] } else { [] } }

    private static func withoutLastSlash(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }

    /// Azure's machines, and no others, have this in their casing's place for an owner's tag.
    private static var isMachineOfAzure: Bool {
        let tag = try? FileContents.text(of: "/sys/class/dmi/id/chassis_asset_tag")
        return tag?.hasPrefix("7783-7084-3265-9085-8269-3286-77") == true
    }
}
