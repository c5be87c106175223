import Foundation
import SwiftProtobuf
import Testing

@testable import LLMGateway

@Suite struct ExportRequestTests {
    @Test func `everything that is known of a span is said of it`() throws {
        var span = FinishedSpan.sample("chat m")
        span.parent = SpanID(bits: 7)
        span.traceState = "a=1"
        span.kind = .client
        (span.start, span.end) = (5, 9)
        span.attributes.add("text", "t")
        span.attributes.add("whole", 3)
        span.attributes.add("number", 0.5)
        span.attributes.add("flag", true)
        span.attributes.add("list", .list([.text("a"), .whole(1)]))
        span.events = [.init(name: "e", time: 6, attributes: SpanFields())]
        span.links = [.init(context: span.context)]
        span.status = .error(message: "timeout")
        var resource = SpanFields()
        resource.add("service.name", "gw")
        resource.add("service.version", "9")

        let bytes: [UInt8] = try ExportRequest.message([span], of: resource).serializedBytes()
        let read = try OTLPExportRequest(serializedBytes: bytes).resourceSpans[0]
        #expect(read.resource.attributes.map(\.key) == ["service.name", "service.version"])
        #expect(read.scopeSpans[0].scope.name == "llm-gateway" && read.scopeSpans[0].scope.version == "9")
        let said = try OTLPSpan(serializedBytes: read.scopeSpans[0].spans[0])
        #expect(Array(said.traceID) == span.context.traceID.bytes && Array(said.spanID) == span.context.spanID.bytes)
        #expect(Array(said.parentSpanID) == [0, 0, 0, 0, 0, 0, 0, 7] && said.traceState == "a=1" && said.flags == 1)
        #expect(said.name == "chat m" && said.kind == .client)
        #expect(said.startTimeUnixNano == 5 && said.endTimeUnixNano == 9)
        #expect(said.attributes.map(\.key) == ["text", "whole", "number", "flag", "list"])
        #expect(said.attributes[1].value.intValue == 3 && said.attributes[4].value.arrayValue.values.count == 2)
        #expect(said.events[0].timeUnixNano == 6 && said.links.count == 1)
        #expect(said.status.code == .error && said.status.message == "timeout")
    }

    @Test func `a root has no parent, and a span that went well no status`() throws {
        let bytes: [UInt8] = try OTLPSpan(.sample(sampled: false)).serializedBytes()
        let said = try OTLPSpan(serializedBytes: bytes)
        #expect(said.parentSpanID.isEmpty && said.flags == 0 && !said.hasStatus)
    }

    @Test func `how many spans a collector rejected is read from its answer`() throws {
        let some = OTLPExportResponse.with { $0.partialSuccess.rejectedSpans = 3 }
        #expect(ExportRequest.rejected(in: try some.serializedBytes()) == 3)
        #expect(ExportRequest.rejected(in: []) == 0)
        #expect(ExportRequest.rejected(in: Array("<html>".utf8)) == 0)
    }

    @Test func `a body is compressed, and comes out whole`() throws {
        var random = SeededGenerator(seed: 5)
        for size in [0, 1, 1000, 300_000] {
            let plain = (0..<size).map { _ in UInt8.random(in: 0..<8, using: &random) }
            let packed = try #require(Gzip.compress(plain))
            #expect(size < 1000 || packed.count < plain.count)
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try Data(packed).write(to: folder)
            defer { try? FileManager.default.removeItem(at: folder) }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/gzip")
            process.arguments = ["--decompress", "--stdout"]
            process.standardInput = try FileHandle(forReadingFrom: folder)
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            let unpacked = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0 && Array(unpacked) == plain)
        }
    }
}
