import Testing

@testable import WireFormats

@Suite struct GeminiFailureTests {
    private func read(_ details: String) -> UpstreamFailureBody? {
        #"{"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED","details":[\#(details)]}}"#
            .withBytes { GeminiFormat().readFailure($0, using: JSONTape()) }
    }

    @Test func `when to try again is read from the details`() {
        let type = #""@type":"type.googleapis.com/google.rpc.RetryInfo""#
        #expect(read(#"{"@type":"x"},{\#(type),"retryDelay":"34.5s"}"#)?.retryAfter == .milliseconds(34_500))
        #expect(read(#"{\#(type),"retryDelay":"0s"}"#)?.retryAfter == .zero)
        for nonsense in ["", "s", "soon", "-1s", "1e9s", "nans", "5"] {
            #expect(read(#"{\#(type),"retryDelay":"\#(nonsense)"}"#)?.retryAfter == nil, "\(nonsense)")
        }
        #expect(read("")?.message == "Slow down.")
    }
}
