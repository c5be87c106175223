import Testing
import WireFormats

@testable import LLMGateway

@Suite struct VertexProviderTests {
    private let gemini = "type: vertex-gemini, project: proj, access_token: t"
    private let anthropic = "type: vertex-anthropic, project: proj, access_token: t"

    @Test(arguments: [
        ("us-central1", "us-central1-aiplatform.googleapis.com"), ("global", "aiplatform.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"), ("us", "aiplatform.us.rep.googleapis.com"),
    ])
    func `each location has its host`(location: String, host: String) async throws {
        let site = try await CloudSite("\(gemini), location: \(location)")
        #expect(
            site.address(.gemini, model: "gemini-2.5-pro")
                == "POST https://\(host)/v1/projects/proj/locations/\(location)/publishers/google/models/gemini-2.5-pro:generateContent"
        )
    }

    @Test func `Gemini's calls have a verb each, and vectors are predicted`() async throws {
        let site = try await CloudSite("\(gemini), location: l, base_url: 'http://127.0.0.1:1/v1'")
        let models = "POST http://127.0.0.1:1/v1/projects/proj/locations/l/publishers/google/models/"
        #expect(site.address(.gemini, streams: true) == models + "m:streamGenerateContent?alt=sse")
        #expect(site.address(.gemini, .tokenCount) == models + "m:countTokens")
        #expect(site.address(.gemini, .embeddings) == models + "m:predict")
        #expect(!site.site.passesThrough(.embeddings) && site.site.passesThrough(.chat))
        #expect(site.probe == "GET http://127.0.0.1:1/v1/projects/proj/locations/l")
    }

    @Test func `Anthropic's models are asked by raw predictions`() async throws {
        let site = try await CloudSite("\(anthropic), location: l, base_url: 'http://127.0.0.1:1/v1'")
        let models = "POST http://127.0.0.1:1/v1/projects/proj/locations/l/publishers/anthropic/models/"
        #expect(
            site.address(.anthropicMessages, model: "claude-sonnet-4-5@20250929")
                == models + "claude-sonnet-4-5@20250929:rawPredict")
        #expect(site.address(.anthropicMessages, streams: true) == models + "m:streamRawPredict")
        #expect(site.address(.anthropicMessages, .tokenCount) == models + "count-tokens:rawPredict")
    }

    @Test func `a token of the operator's is sent as it is, a key as Google's keys are`() async throws {
        let token = try await CloudSite("\(gemini), location: l")
        #expect(try token.credentialLines(.gemini) == ["authorization: Bearer t"])
        let key = try await CloudSite("type: vertex-gemini, project: p, location: l, api_key: AIza-1")
        #expect(try key.credentialLines(.gemini) == ["x-goog-api-key: AIza-1"])
        let own = try await CloudSite("\(gemini), location: l, headers: { authorization: mine }")
        #expect(try own.credentialLines(.gemini) == ["authorization: mine"])
    }

    @Test func `what lacks is named, and until then the provider is off`() async throws {
        #expect(
            try await lacking("type: vertex-gemini")
                == "providers.p.project and providers.p.location and providers.p.credentials_file")
        #expect(try await lacking("type: vertex-anthropic, project: p, access_token: t") == "providers.p.location")
        #expect(try await lacking("\(gemini), location: l") == nil)
    }

    @Test func `the platform's own variables fill in, and the file beats them`() async throws {
        let variables = ["GOOGLE_CLOUD_PROJECT": "from-env", "GOOGLE_CLOUD_LOCATION": "global"]
        let site = try await CloudSite("type: vertex-gemini, project: mine, access_token: t", variables)
        #expect(site.address(.gemini)?.contains("/projects/mine/locations/global/") == true)
    }

    @Test func `a credentials file that can't be used is a problem of the configuration`() async throws {
        let path = TemporaryFiles.directory() + "/credentials.json"
        let cases = [
            ("no JSON", "is no JSON object"), (#"{"type":"gdch_service_account"}"#, "of type 'gdch_service_account'"),
            (#"{"type":"external_account"}"#, "has no 'audience'"),
            (
                #"{"type":"external_account","audience":"a","subject_token_type":"t","token_url":"x"}"#,
                "the token_url in"
            ),
            (
                #"{"type":"external_account","audience":"a","subject_token_type":"t","credential_source":{"environment_id":"aws1"}}"#,
                "is neither a file nor a url"
            ),
            (#"{"type":"service_account"}"#, "has no 'client_email'"),
            (#"{"type":"service_account","client_email":"a@b","private_key":"no key"}"#, "is no RSA key"),
            (#"{"type":"authorized_user","client_id":"a","client_secret":"s"}"#, "has no 'refresh_token'"),
        ]
        for (text, complaint) in cases {
            TemporaryFiles.write(text, to: path)
            let error = await #expect(throws: ConfigurationError.self) {
                try await CloudSite("type: vertex-gemini, project: p, location: l, credentials_file: '\(path)'")
            }
            #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("no key") != true)
        }
        #expect(
            problems("providers: { p: { type: vertex-gemini, credentials_file: /nowhere/sa.json } }").contains {
                $0.contains("credentials_file") && $0.contains("can't be read")
            })
    }

    @Test func `a credentials file is watched, and Google's usual places are looked at where none is named`()
        async throws
    {
        let folder = TemporaryFiles.directory()
        let path = folder + "/application_default_credentials.json"
        TemporaryFiles.write(
            #"{"type":"authorized_user","client_id":"a","client_secret":"s","refresh_token":"r"}"#, to: path)
        let entry = "providers: { p: { type: vertex-gemini, project: p, location: l } }"
        for variables in [["GOOGLE_APPLICATION_CREDENTIALS": path], ["CLOUDSDK_CONFIG": folder]] {
            let loaded = try configuration(entry, variables)
            #expect(loaded.watchedFiles == [path])
            #expect(loaded.provider("p")?.platform.credentialsFile?.path == path)
        }
        #expect(try configuration(entry, ["K_SERVICE": "run"]).provider("p")?.platform.metadataHost != nil)
    }
}
