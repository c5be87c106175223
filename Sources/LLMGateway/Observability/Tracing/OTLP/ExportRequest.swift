import Foundation
import SwiftProtobuf

/// Spans in OTLP's words.
enum ExportRequest {
    /// The name of what makes the gateway's own spans, in OpenTelemetry's terms.
    private static let scope = "llm-gateway"

    /// A compressed `ExportTraceServiceRequest`; nil for spans that can't be said, of which there are none.
    static func encode(_ spans: [FinishedSpan], of resource: SpanFields) -> [UInt8]? {
        guard let plain: [UInt8] = try? message(spans, of: resource).serializedBytes() else { return nil }
        return Gzip.compress(plain)
    }

    /// - Throws: What SwiftProtobuf says of what can't be said.
    static func message(_ spans: [FinishedSpan], of resource: SpanFields) throws -> OTLPExportRequest {
        let written: [Data] = try spans.map { try OTLPSpan($0).serializedBytes() }
        return .with { request in
            request.resourceSpans = [
                .with { ofResource in
                    ofResource.resource.attributes = OTLPKeyValue.all(of: resource)
                    ofResource.scopeSpans = [
                        .with { ofScope in
                            ofScope.scope.name = scope
                            if case .text(let version) = resource["service.version"] {
                                ofScope.scope.version = version
                            }
                            ofScope.spans = written
                        }
                    ]
                }
            ]
        }
    }

    /// How many spans of a batch its collector did not want; 0 for an answer that doesn't say, or can't be read.
    static func rejected(in answer: [UInt8]) -> Int {
        let response = try? OTLPExportResponse(serializedBytes: answer)
        return response.map { Int(clamping: $0.partialSuccess.rejectedSpans) } ?? 0
    }
}

extension OTLPSpan {
    init(_ span: FinishedSpan) {
        self.init()
        traceID = Data(span.context.traceID.bytes)
        spanID = Data(span.context.spanID.bytes)
        if let parent = span.parent { parentSpanID = Data(parent.bytes) }
        traceState = span.traceState
        flags = span.context.isSampled ? 1 : 0
        name = span.name
        kind = Kind(span.kind)
        startTimeUnixNano = span.start
        endTimeUnixNano = span.end
        attributes = OTLPKeyValue.all(of: span.attributes)
        events = span.events.map { event in
            .with {
                $0.name = event.name
                $0.timeUnixNano = event.time
                $0.attributes = OTLPKeyValue.all(of: event.attributes)
            }
        }
        links = span.links.map { link in
            .with {
                $0.traceID = Data(link.context.traceID.bytes)
                $0.spanID = Data(link.context.spanID.bytes)
                $0.attributes = OTLPKeyValue.all(of: link.attributes)
            }
        }
        switch span.status {
        case .unset: break
        case .ok: status.code = .ok
        case .error(let message):
            status.code = .error
            status.message = message
        }
    }
}

extension OTLPSpan.Kind {
    fileprivate init(_ kind: FinishedSpan.Kind) {
        self =
            switch kind {
            case .internal: .internal
            case .server: .server
            case .client: .client
            case .producer: .producer
            case .consumer: .consumer
            }
    }
}

extension OTLPKeyValue {
    fileprivate static func all(of fields: SpanFields) -> [OTLPKeyValue] {
        fields.all.map { name, value in
            .with {
                $0.key = name
                $0.value = OTLPAnyValue(value)
            }
        }
    }
}

extension OTLPAnyValue {
    fileprivate init(_ value: SpanFields.Value) {
        self.init()
        switch value {
        case .text(let text): stringValue = text
        case .flag(let flag): boolValue = flag
        case .whole(let number): intValue = number
        case .number(let number): doubleValue = number
        case .list(let values): arrayValue.values = values.map(OTLPAnyValue.init)
        }
    }
}
