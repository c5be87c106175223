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

    @Test func `what can't be understood is nothing that the upstream said went wrong`() throws {
        func end(_ said: UpstreamFailureBody) -> StreamEnd {
            StreamEnd(isComplete: false, said: said, isForeign: false, broken: .brokenOff("the stream holds an error"))
        }
        let damaged = end(.unreadable("A chunk of the stream can't be read."))
        #expect(damaged.ending == .untranslatable && !damaged.isClean)
        let redactor = try Redactor()
        #expect(damaged.failure(from: "p", redactor).error.clientView.code == "provider_bad_response")
        let told = end(UpstreamFailureBody(message: "Busy."))
        #expect(told.ending == .upstreamError)
        #expect(told.failure(from: "p", redactor).error.clientView.code == "provider_error")
    }

    @Test func `an upstream's words are no longer than anybody reads`() throws {
        let body = UpstreamFailureBody(message: String(repeating: "word ", count: 10_000), code: "sk-a-secret-of-ours")
        let shown = body.redacted(by: try Redactor())
        #expect(shown.message?.count == 4096 && shown.code == Redactor.mask)
    }
}
