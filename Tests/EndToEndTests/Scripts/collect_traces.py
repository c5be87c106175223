"""An OTLP collector on a free port of 127.0.0.1, decoding with OpenTelemetry's own package: `collect_traces.py MODE-FILE`.

Prints `listening PORT`, then a line of JSON for each export. MODE-FILE says what becomes of one, each time anew: `ok`,
`hang`, `partial N` (N spans are not taken), or a status, with the seconds to wait behind it if any (`503 1`).
"""
import gzip
import http.server
import json
import pathlib
import sys
import time

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

MODE = pathlib.Path(sys.argv[1])


def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind == "array_value":
        return [value(each) for each in any_value.array_value.values]
    return getattr(any_value, kind)


def fields(attributes):
    return {each.key: value(each.value) for each in attributes}


def span(each):
    return {
        "trace_id": each.trace_id.hex(),
        "span_id": each.span_id.hex(),
        "parent_span_id": each.parent_span_id.hex(),
        "trace_state": each.trace_state,
        "flags": each.flags,
        "name": each.name,
        "kind": trace_pb2.Span.SpanKind.Name(each.kind).removeprefix("SPAN_KIND_").lower(),
        "start": each.start_time_unix_nano / 1e9,
        "end": each.end_time_unix_nano / 1e9,
        "attributes": fields(each.attributes),
        "events": [{"name": event.name, "attributes": fields(event.attributes)} for event in each.events],
        "status": trace_pb2.Status.StatusCode.Name(each.status.code).removeprefix("STATUS_CODE_").lower(),
        "message": each.status.message,
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        mode = MODE.read_text().split()
        request = trace_service_pb2.ExportTraceServiceRequest.FromString(gzip.decompress(body))
        unknown = [each for each in request.resource_spans if len(each.scope_spans) != 1]
        line = {
            "mode": mode[0],
            "path": self.path,
            "headers": {name.lower(): text for name, text in self.headers.items()},
            "resource": fields(request.resource_spans[0].resource.attributes),
            "spans": [span(each) for each in request.resource_spans[0].scope_spans[0].spans],
            "is_whole": not unknown and len(request.resource_spans) == 1,
        }
        print(json.dumps(line), flush=True)
        if mode[0] == "hang":
            time.sleep(60)
        answer = trace_service_pb2.ExportTraceServiceResponse()
        if mode[0] == "partial":
            answer.partial_success.rejected_spans = int(mode[1])
        status = int(mode[0]) if mode[0].isdigit() else 200
        bytes_ = answer.SerializeToString() if status == 200 else b"not now"
        self.send_response(status)
        if len(mode) > 1 and status != 200:
            self.send_header("retry-after", mode[1])
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(bytes_)))
        self.end_headers()
        self.wfile.write(bytes_)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print("listening", server.server_address[1], flush=True)
server.serve_forever()
