import Testing
import WireFormats

@testable import LLMGateway

@Suite struct StreamEndTests {
    private func isClean(_ broken: UpstreamError?, isComplete: Bool = true) -> Bool {
        StreamEnd(isComplete: isComplete, said: nil, isForeign: false, broken: broken).isClean
    }

    @Test func `an upstream that has said all may go away or fall silent`() {
        #expect(isClean(nil) && isClean(.brokenOff("gone")) && isClean(.timedOut(.idle)))
    }

    @Test func `what ends the call otherwise, or too early, is no clean end`() {
        #expect(!isClean(.timedOut(.total)) && !isClean(.clientGone) && !isClean(.serverStopping))
        #expect(!isClean(nil, isComplete: false) && !isClean(.timedOut(.idle), isComplete: false))
    }

    @Test func `an upstream's words are no longer than anybody reads`() throws {
        let body = UpstreamFailureBody(message: String(repeating: "word ", count: 10_000), code: "sk-a-secret-of-ours")
        let shown = body.redacted(by: try Redactor())
        #expect(shown.message?.count == 4096 && shown.code == Redactor.mask)
    }
}
