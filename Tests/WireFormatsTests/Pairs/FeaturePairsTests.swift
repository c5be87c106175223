import Foundation
import Testing

@testable import WireFormats

/// What becomes of every feature between every two formats.
@Suite struct FeaturePairsTests {
    @Test(arguments: Feature.all)
    func `a feature is told to every target, or its loss is reported, or the call is refused`(feature: Feature) throws {
        for target in [any WireFormat].targets {
            #expect(try Conversion.measured(feature, in: target) != .silent, "\(target.id)")
        }
    }

    @Test(arguments: Feature.all)
    func `what is refused says what to do`(feature: Feature) throws {
        for target in [any WireFormat].targets {
            do { _ = try target.encode(feature.call) } catch let refusal as Untranslatable {
                #expect(refusal.message.count > 20 && refusal.message.hasSuffix("."), "\(target.id): \(refusal)")
                #expect(!refusal.field.isEmpty)
            }
        }
    }

    @Test(arguments: Feature.all)
    func `what is lost is reported once, under a name that metrics know`(feature: Feature) throws {
        for target in [any WireFormat].targets {
            guard let losses = try? target.encode(feature.call).losses else { continue }
            #expect(Set(losses.map(\.field)).count == losses.count)
            #expect(losses.allSatisfy { $0.knownField == $0.field }, "\(losses)")
        }
    }

    @Test(arguments: Pair.all)
    func `between two formats nothing is lost silently, and nothing refused that the target takes`(pair: Pair) throws {
        for feature in Feature.all {
            guard let measured = try Conversion.measured(feature, from: pair.client, to: pair.target) else { continue }
            #expect(measured != .silent, "\(feature.name)")
            guard measured == .refused else { continue }
            #expect(try Conversion.measured(feature, in: pair.target) == .refused, "\(feature.name)")
        }
    }

    @Test(arguments: AnswerFeature.all)
    func `an answer says the same to every client, whole and streamed`(feature: AnswerFeature) throws {
        for client in AnswerFeature.clients {
            #expect(try feature.measured(in: client) != .silent, "\(client.id)")
        }
    }

    @Test(arguments: AnswerFeature.all)
    func `an answer's stream keeps every client's rules`(feature: AnswerFeature) throws {
        for client in [any WireFormat].clients {
            let stream = try client.write(feature.response.events, to: AnswerFeature.asked)
            #expect(try StreamGrammar.mistakes(in: stream, of: client) == [], "\(client.id)")
        }
    }

    @Test(arguments: EmbeddingsFeature.all)
    func `a call for embeddings is told to every target, or refused`(feature: EmbeddingsFeature) throws {
        for target in [any WireFormat].embedders {
            #expect(try feature.measured(in: target) != .silent, "\(target.id)")
        }
    }
}

/// The article that is made from what is measured. `UPDATE_REFERENCE=1 make test FILTER=ConversionReference` writes it.
@Suite struct ConversionReferenceTests {
    @Test func `the article on conversions is what is measured`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "Sources/WireFormats/WireFormats.docc/Conversions.md").resolvingSymlinksInPath()
        let expected = try ConversionReference.markdown()
        if ProcessInfo.processInfo.environment["UPDATE_REFERENCE"] == "1" {
            try expected.write(to: file, atomically: false, encoding: .utf8)
        }
        #expect(
            try String(contentsOf: file, encoding: .utf8) == expected,
            "run: UPDATE_REFERENCE=1 make test FILTER=ConversionReference")
    }
}
