import Testing

@testable import WireFormats

struct ResponsesStreamWriterTests {
    private typealias Exchange = ResponsesExchange

    /// The events of a stream but for the two that begin it, each as its type without `response.` and its members
    /// without type and number.
    private func events(_ told: ChatEvent...) -> [String] {
        Exchange.events(of: Exchange.stream([.start(id: "up", model: "gpt")] + told)).dropFirst(2).map { event in
            var data = event.data.replacing(#"{"type":"\#(event.type)","#, with: "")
            data.replace(/,"sequence_number":\d+}/, with: "")
            return event.type.replacing("response.", with: "") + " " + data
        }
    }

    private func types(_ told: ChatEvent...) -> [String] {
        Exchange.events(of: Exchange.stream([.start(id: "up", model: "gpt")] + told)).map {
            $0.type.replacing("response.", with: "")
        }
    }

    @Test func `a text is told with all that belongs to it`() throws {
        let stream = Exchange.stream([
            .start(id: "up", model: "gpt"), .textDelta("Hel"), .ping, .textDelta(""), .textDelta("lo"),
            .usage(TokenUsage(inputUncached: 3, output: 2)), .finish(.endTurn),
        ])
        let place = #""item_id":"msg_a_0","output_index":0,"content_index":0"#
        let item = #"{"id":"msg_a_0","type":"message","status":"completed","role":"assistant","content":[\#("")"#
        let events = stream.text.split(separator: "\n\n", omittingEmptySubsequences: false)
        #expect(
            events[0].hasPrefix(
                "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_a\""))
        #expect(events[0].contains(#""status":"in_progress""#) && events[0].contains(#""output":[]"#))
        #expect(events[1].hasPrefix("event: response.in_progress\n") && events[1].hasSuffix(#""sequence_number":1}"#))
        #expect(
            events[2...9].joined(separator: "\n") == """
                event: response.output_item.added
                data: {"type":"response.output_item.added","output_index":0,"item":{"id":"msg_a_0","type":"message",\
                "status":"in_progress","role":"assistant","content":[]},"sequence_number":2}
                event: response.content_part.added
                data: {"type":"response.content_part.added",\(place),"part":{"type":"output_text","text":"",\
                "annotations":[],"logprobs":[]},"sequence_number":3}
                event: response.output_text.delta
                data: {"type":"response.output_text.delta",\(place),"delta":"Hel","logprobs":[],"sequence_number":4}
                : keep-alive
                event: response.output_text.delta
                data: {"type":"response.output_text.delta",\(place),"delta":"lo","logprobs":[],"sequence_number":5}
                event: response.output_text.done
                data: {"type":"response.output_text.done",\(place),"text":"Hello","logprobs":[],"sequence_number":6}
                event: response.content_part.done
                data: {"type":"response.content_part.done",\(place),"part":{"type":"output_text","text":"Hello",\
                "annotations":[],"logprobs":[]},"sequence_number":7}
                event: response.output_item.done
                data: {"type":"response.output_item.done","output_index":0,"item":\(item){"type":"output_text",\
                "text":"Hello","annotations":[],"logprobs":[]}]},"sequence_number":8}
                """)
        #expect(events[10].hasPrefix("event: response.completed\n") && events[10].hasSuffix(#""sequence_number":9}"#))
        #expect(events[10].contains(#""output":[\#(item){"#) && events[10].contains(#""input_tokens":3"#))
        #expect(events[11].isEmpty && events.count == 12)
    }

    @Test func `reasoning, a refusal and a call are told each in its way`() {
        let told = events(
            .reasoningDelta("t"), .reasoningEnd(OpaqueState(origin: "anthropic", value: "s")), .textDelta("a"),
            .refusalDelta("no"), .toolStart(index: 0, id: "c", name: "f"), .toolArgumentsDelta(index: 0, "{}"),
            .toolEnd(index: 0), .finish(.toolCall))
        let (thought, said, call) = (
            #""item_id":"rs_a_0","output_index":0,"summary_index":0"#, #""item_id":"msg_a_1","output_index":1,"#,
            #""item_id":"fc_a_2","output_index":2"#
        )
        #expect(
            told.dropLast() == [
                #"output_item.added "output_index":0,"item":{"id":"rs_a_0","type":"reasoning","summary":[],"encrypted_content":"llmgw1"}"#,
                #"reasoning_summary_part.added \#(thought),"part":{"type":"summary_text","text":""}"#,
                #"reasoning_summary_text.delta \#(thought),"delta":"t""#,
                #"reasoning_summary_text.done \#(thought),"text":"t""#,
                #"reasoning_summary_part.done \#(thought),"part":{"type":"summary_text","text":"t"}"#,
                #"output_item.done "output_index":0,"item":{"id":"rs_a_0","type":"reasoning","summary":[{"type":"summary_text","text":"t"}],"encrypted_content":"llmgw1.reasoning.anthropic..cw"}"#,
                #"output_item.added "output_index":1,"item":{"id":"msg_a_1","type":"message","status":"in_progress","role":"assistant","content":[]}"#,
                #"content_part.added \#(said)"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}"#,
                #"output_text.delta \#(said)"content_index":0,"delta":"a","logprobs":[]"#,
                #"output_text.done \#(said)"content_index":0,"text":"a","logprobs":[]"#,
                #"content_part.done \#(said)"content_index":0,"part":{"type":"output_text","text":"a","annotations":[],"logprobs":[]}"#,
                #"content_part.added \#(said)"content_index":1,"part":{"type":"refusal","refusal":""}"#,
                #"refusal.delta \#(said)"content_index":1,"delta":"no""#,
                #"refusal.done \#(said)"content_index":1,"refusal":"no""#,
                #"content_part.done \#(said)"content_index":1,"part":{"type":"refusal","refusal":"no"}"#,
                #"output_item.done "output_index":1,"item":{"id":"msg_a_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"no"}]}"#,
                #"output_item.added "output_index":2,"item":{"id":"fc_a_2","type":"function_call","status":"in_progress","call_id":"c","name":"f","arguments":""}"#,
                #"function_call_arguments.delta \#(call),"delta":"{}""#,
                #"function_call_arguments.done \#(call),"name":"f","arguments":"{}""#,
                #"output_item.done "output_index":2,"item":{"id":"fc_a_2","type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{}"}"#,
            ])
    }

    @Test func `numbers rise by one from 0, over every kind of event`() throws {
        let stream = Exchange.stream([
            .start(id: "", model: ""), .hiddenReasoning(OpaqueState(origin: "x", value: "y")), .textDelta("a"),
            .textState(OpaqueState(origin: "x", value: "z")), .toolStart(index: 0, id: "c", name: "f"),
            .finish(.maxTokens),
        ])
        for (number, event) in Exchange.events(of: stream).enumerated() {
            try Exchange.withNode(event.data) {
                #expect($0["sequence_number"]?.wholeNumber == number)
                #expect($0["type"]?.decoded() == event.type)
            }
        }
    }

    @Test func `calls that interleave stay apart, and one without arguments gets empty ones`() {
        let told = events(
            .toolStart(index: 0, id: "c0", name: "f"), .toolArgumentsDelta(index: 0, "{"),
            .toolStart(index: 1, id: "c1", name: "g"), .toolArgumentsDelta(index: 0, "}"),
            .toolArgumentsDelta(index: 9, "lost"), .toolEnd(index: 0), .toolEnd(index: 1), .finish(.toolCall))
        #expect(
            told.dropLast().map { $0.split(separator: " ")[0] + ($0.contains(#""output_index":0"#) ? " 0" : " 1") } == [
                "output_item.added 0", "function_call_arguments.delta 0", "output_item.added 1",
                "function_call_arguments.delta 0", "function_call_arguments.done 0", "output_item.done 0",
                "function_call_arguments.delta 1", "function_call_arguments.done 1", "output_item.done 1",
            ])
        #expect(told.joined().contains(#""call_id":"c1","name":"g","arguments":"{}""#))
    }

    @Test func `a call that was cut is incomplete, though its end was told`() {
        let told = events(
            .toolStart(index: 0, id: "c", name: "f"), .toolArgumentsDelta(index: 0, "{\"a"), .toolEnd(index: 0),
            .usage(TokenUsage(output: 1)), .finish(.maxTokens))
        #expect(told[3].hasPrefix("output_item.done") && told[3].contains(#""status":"incomplete""#))
        #expect(told[4].hasPrefix("incomplete "))
    }

    @Test func `what nobody closed is closed at the end`() {
        #expect(
            types(.reasoningDelta("a"), .toolStart(index: 0, id: "c", name: "f"), .finish(.toolCall)).suffix(6) == [
                "output_item.done", "output_item.added", "function_call_arguments.delta",
                "function_call_arguments.done",
                "output_item.done", "completed",
            ])
        #expect(types(.textDelta("a")).last == "completed")
        #expect(types(.textDelta("a"), .finish(.contentFiltered)).last == "incomplete")
        #expect(types(.finish(.malformedCall)).last == "failed")
        #expect(types(.finish(.endTurn)) == ["created", "in_progress", "completed"])
    }

    @Test func `a stream that begins in the middle begins all the same`() {
        #expect(Exchange.events(of: Exchange.stream([.textDelta("a")]))[0].type == "response.created")
        #expect(Exchange.events(of: Exchange.stream([])).map(\.type).last == "response.completed")
        #expect(Exchange.events(of: Exchange.stream([])).count == 3)
    }

    @Test func `usage may come behind the end`() {
        let end = events(.textDelta("a"), .finish(.endTurn), .usage(TokenUsage(output: 5))).last
        #expect(end?.contains(#""output_tokens":5"#) == true)
    }

    @Test func `a state of a call stands before it, that of a text behind it`() throws {
        let state = OpaqueState(origin: "google", value: "s")
        let told = events(
            .textDelta("a"), .textState(state), .toolStart(index: 0, id: "c", name: "f", state: state),
            .finish(.toolCall))
        let items = told.filter { $0.hasPrefix("output_item.done") }
        #expect(items.count == 4)
        #expect(items[1].contains("llmgw1.text.google..cw") && items[2].contains("llmgw1.call.google..cw"))
    }

    @Test func `a failure is an error and a failed response, numbered on`() throws {
        let failure = ChatFailure(status: 502, type: "api_error", code: "provider_error", message: "Gone.", param: "p")
        for begun in [true, false] {
            var writer = OpenAIResponsesCodec().makeStreamWriter(to: Exchange.call())
            var stream: [UInt8] = []
            if begun {
                for event in [ChatEvent.start(id: "", model: "gpt"), .textDelta("a")] {
                    writer.write(event, into: &stream)
                }
            }
            let before = Exchange.events(of: stream).count
            writer.write(.failure(UpstreamFailureBody(message: "secret")), into: &stream)
            writer.fail(failure, requestID: "r", into: &stream)
            let events = Exchange.events(of: stream).dropFirst(before)
            #expect(events.map(\.type) == ["error", "response.failed"])
            #expect(
                events.first?.data == """
                    {"type":"error","error":{"message":"Gone.","type":"api_error","param":"p","code":"provider_error"},\
                    "sequence_number":\(before)}
                    """)
            let end = try #require(events.last?.data)
            #expect(
                end.contains(#""status":"failed""#)
                    && end.contains(#""error":{"code":"provider_error","message":"Gone."}"#))
            #expect(end.hasSuffix(#""sequence_number":\#(before + 1)}"#) && !stream.text.contains("secret"))
            #expect(!stream.text.contains("response.completed"))
        }
    }

    @Test func `a long answer is written in linear time`() {
        let clock = ContinuousClock()
        let time = clock.measure {
            var writer = OpenAIResponsesCodec().makeStreamWriter(to: Exchange.call())
            for _ in 0..<100_000 {
                var piece: [UInt8] = []
                writer.write(.textDelta("some more text "), into: &piece)
            }
            var end: [UInt8] = []
            writer.end(into: &end)
        }
        #expect(time < .seconds(20))
    }

    @Test func `what is written is read again as it was`() {
        let told: [ChatEvent] = [
            .start(id: "resp_a", model: "gpt"), .reasoningDelta("th"), .reasoningDelta("ought"),
            .reasoningEnd(OpaqueState(origin: "openai", value: "llmgw1", id: "rs_a_0")), .textDelta("é"),
            .textDelta("𝄞\u{0}"),
            .toolStart(index: 0, id: "c0", name: "f"), .toolArgumentsDelta(index: 0, "{\"a\":"),
            .toolArgumentsDelta(index: 0, "1}"), .toolEnd(index: 0), .toolStart(index: 1, id: "c1", name: "g"),
            .toolArgumentsDelta(index: 1, "{}"), .toolEnd(index: 1),
            .usage(TokenUsage(inputUncached: 1, cacheRead: 2, output: 3, reasoning: 1)), .finish(.toolCall),
        ]
        // Reasoning that nobody sealed is marked as the gateway's own, which the reader takes for a seal.
        var written = told
        written[3] = .reasoningEnd(nil)
        #expect(Exchange.read(Exchange.stream(written)).events == told)
    }
}
