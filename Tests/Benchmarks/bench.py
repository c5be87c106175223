#!/usr/bin/env python3
"""Measures the built gateway on this machine, on loopback only. See README.md, "How it performs".

    bench.py compare   CPU per request and per streamed chunk beside nginx as a plain reverse proxy, as a table
    bench.py streams   memory while 10,000 streams are open at once
    bench.py soak      memory while 500,000 requests go through
    bench.py scrape    CPU per scrape of 10,000 series, and what scraping every second does to requests

Needs nginx and wrk (`make setup` installs them). Both proxies run at the same time, each pinned to the first core;
load and upstreams share the second. They are measured in turns, several rounds of them, and what counts is the
kernel's clock of the proxy's process: CPU time is steady where requests per second are not.
"""
import argparse
import http.client
import json
import os
import pathlib
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
STREAMS = [sys.executable, str(pathlib.Path(__file__).with_name("streams.py"))]
CORES = sorted(os.sched_getaffinity(0))
PROXY_CORE, LOAD_CORE = CORES[0], CORES[-1]
ANSWER = json.dumps(
    {
        "id": "chatcmpl-123",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "mock",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "All work and no play. " * 30},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 200, "completion_tokens": 180, "total_tokens": 380},
    }
)
# The same in Anthropic's words.
MESSAGE = json.dumps(
    {
        "id": "msg_123",
        "type": "message",
        "role": "assistant",
        "model": "mock",
        "content": [{"type": "text", "text": "All work and no play. " * 30}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 200, "output_tokens": 180},
    }
)


# Keys with every limit, and a model with two targets that are chosen between for each call.
POLICIES = """
keys:
- name: bench
  key: sk-bench
  models: ["*"]
  requests_per_minute: 1000000000
  tokens_per_minute: 1000000000
  burst: 1000000
  max_in_flight: 1000
  budget: { usd: 1000000, period: day }
limits: { per_ip_requests_per_minute: 1000000000 }
model_info: { mock: { usd_per_million: { input: 1, output: 2 } } }
models:
  mock: { strategy: least_latency, targets: [{ provider: canned, model: mock }, { provider: second, model: mock }] }
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def raise_file_limit(wanted):
    """As many open files as wanted, or as many as this machine gives."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(wanted, hard), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return limit
        except (ValueError, OSError):
            continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Machine:
    """A scratch folder and the processes of one measurement; all of them end with it."""

    def __enter__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="llm-gateway-bench-")
        self.folder = pathlib.Path(self.scratch.name)
        self.processes = []
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.scratch.cleanup()

    def start(self, command, core, port=None, output=None):
        """Starts a program on one core and waits until it listens."""
        log = open(self.folder / (output or f"{len(self.processes)}.log"), "wb")
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        self.processes.append(process)
        deadline = time.monotonic() + 15
        while port:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                said = pathlib.Path(log.name).read_text(errors="replace")[-2000:]
                raise SystemExit(f"{command[0]} does not listen on {port}:\n{said}")
            time.sleep(0.005)
        return process

    def nginx(self, name, core, server):
        port = free_port()
        place = self.folder / name
        place.mkdir()
        temporary = "".join(
            f"{kind}_temp_path {place}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (place / "nginx.conf").write_text(
            f"""
            daemon off; master_process off; worker_rlimit_nofile 16384; pid {place}/pid;
            error_log {place}/error.log warn;
            events {{ worker_connections 8192; multi_accept on; }}
            http {{
                {temporary}
                access_log off; tcp_nodelay on; default_type application/json;
                keepalive_timeout 300s; keepalive_requests 1000000000;
                client_max_body_size 64m; client_body_buffer_size 256k;
                {server.replace("PORT", f"127.0.0.1:{port} backlog=4096")}
            }}"""
        )
        command = ["/usr/sbin/nginx", "-e", f"{place}/error.log", "-p", place, "-c", f"{place}/nginx.conf"]
        return self.start(command, core, port), port

    def plain_proxy(self, upstream):
        return self.nginx(
            f"proxy-{upstream}",
            PROXY_CORE,
            f"""
            upstream up {{ server 127.0.0.1:{upstream}; keepalive 1024; keepalive_requests 1000000000; }}
            server {{
                listen PORT;
                location / {{
                    proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
                    proxy_buffering off; proxy_read_timeout 300s;
                }}
            }}""",
        )

    def canned_upstream(self):
        """An upstream that costs next to nothing: nginx with one answer, and one stream that comes at once."""
        deltas = [{"content": f"word {number}"} for number in range(8)] + [{}]
        chunks = [{"index": 0, "delta": delta, "finish_reason": None if delta else "stop"} for delta in deltas]
        events = [json.dumps({"choices": [chunk]}) for chunk in chunks] + ["[DONE]"]
        stream = "".join(f"data: {event}\n\n" for event in events)
        server = f"""
            server {{
                listen PORT;
                location /v1/ {{ return 200 '{ANSWER}'; }}
                location /v1/traces {{ return 200; }}
                location /v1/messages {{ return 200 '{MESSAGE}'; }}
                location /stream/ {{ default_type text/event-stream; return 200 '{stream}'; }}
            }}"""
        return self.nginx("upstream", LOAD_CORE, server)[1]

    def gateway(self, providers, more=""):
        """The gateway with one event loop, logs and metrics on, in front of these servers: name, type and address.

        Returns it, its two ports, and the seconds from its start to its first answer.
        """
        binary = os.environ.get("LLM_GATEWAY_BINARY", ROOT / ".build/release/llm-gateway")
        port, metrics = free_port(), free_port()
        file = self.folder / f"config-{port}.yaml"
        file.write_text(
            f"server: {{ threads: 1 }}\nstore: {{ path: {self.folder}/store-{port}.sqlite }}\nproviders:\n"
            + "".join(
                f"  {name}: {{ type: {kind}, base_url: 'http://127.0.0.1:{url}', api_key: sk-bench }}\n"
                for name, kind, url in providers
            )
            + more
            + f"routing: {{ default_provider: {providers[0][0]} }}\n"
        )
        command = [binary, "serve", "--config", file, "--port", port, "--metrics-port", metrics]
        began = time.monotonic()
        process = self.start(command, PROXY_CORE, port, output=f"gateway-{port}.log")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            assert answer.status == 200
        return process, port, metrics, time.monotonic() - began

    def wrk(self, port, body, seconds, connections=32):
        """Sends this body as often as it goes; returns how many requests were answered, all of them well."""
        script = self.folder / "post.lua"
        script.write_text(
            f'wrk.method = "POST"\nwrk.body = [==[{body}]==]\nwrk.headers["content-type"] = "application/json"\n'
            'wrk.headers["authorization"] = "Bearer sk-bench"\n'
        )
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, url]
        said = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=seconds + 30).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise SystemExit(f"not every request was answered well:\n{said}")
        return int(re.search(r"(\d+) requests in", said)[1])

    def streams(self, port, seconds, counts, watch=lambda seen: None):
        """Opens so many streams of each model and reads them to their ends; returns the clients' last report."""
        command = ["taskset", "-c", str(LOAD_CORE), *STREAMS, "clients", str(port), str(seconds)]
        command += [str(word) for pair in counts.items() for word in pair]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        seen = {}
        for line in process.stdout:
            seen = json.loads(line)
            watch(seen)
        process.wait(10)
        return seen


def cpu_seconds(process):
    """The kernel's CPU clock of a process, all its threads, without the steps of 10 ms that /proc shows."""
    return time.clock_gettime_ns((~process.pid << 3) | 2) / 1e9


def resident_mib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def chat(size, model="mock"):
    """A chat request of about this many bytes."""
    words = "Tell me a story about a gateway, please. " * (size // 41 + 1)
    return json.dumps({"model": model, "messages": [{"role": "user", "content": words[: size - 70]}]})


def compare(options):
    with Machine() as machine:
        canned, paced = machine.canned_upstream(), free_port()
        machine.start([*STREAMS, "upstream", paced], LOAD_CORE, paced)
        plain, streaming = machine.plain_proxy(canned), machine.plain_proxy(paced)
        gateway, port, _, started = machine.gateway(
            [
                ("canned", "openai-compatible", f"{canned}/v1"),
                ("paced", "openai-compatible", f"{paced}/v1"),
                ("claude", "anthropic", f"{canned}/v1"),
                ("paced-claude", "anthropic", f"{paced}/v1"),
            ]
        )
        ours = (gateway, port)
        twice = [(name, "openai-compatible", f"{canned}/v1") for name in ("canned", "second")]
        tracing = f"tracing: {{ endpoint: 'http://127.0.0.1:{canned}', sample_ratio: 0.1 }}\n"
        governed, traced = (machine.gateway(twice, POLICIES + more)[:2] for more in ("", tracing))
        # What is done, by which processes it is done, and how far from nginx it may be.
        works = {
            "pass-through, 1 KB": (lambda at: machine.wrk(at, chat(1024), options.seconds), plain, ours, 1.5),
            "the same with keys, limits, budget, two targets": (
                lambda at: machine.wrk(at, chat(1024), options.seconds), plain, governed, 1.7,
            ),
            "and with 10 % traces": (lambda at: machine.wrk(at, chat(1024), options.seconds), plain, traced, 1.9),
            "pass-through, 100 KB": (
                lambda at: machine.wrk(at, chat(100 << 10), options.seconds, 16), plain, ours, 2.0,
            ),
            "stream, per chunk": (
                lambda at: machine.streams(at, 0.5, {"paced/paced-100-20": 40})["chunks"], streaming, ours, 1.8,
            ),
            "translated, 1 KB": (
                lambda at: machine.wrk(at, chat(1024, "claude/mock"), options.seconds), plain, ours, 2.5,
            ),
            "translated stream, per chunk": (
                lambda at: machine.streams(at, 0.5, {"paced-claude/paced-100-20": 40})["chunks"], streaming, ours, 2.5,
            ),
        }
        costs = {name: ([], []) for name in works}
        for round_number in range(options.rounds + 1):
            for name, (work, *contestants, _) in works.items():
                for (process, at), cost in zip(contestants, costs[name]):
                    before = cpu_seconds(process)
                    count = work(at)
                    if round_number > 0:  # the first round warms up
                        cost.append((cpu_seconds(process) - before) / count * 1e6)
            print(f"round {round_number} of {options.rounds}", file=sys.stderr)
        print("\n| CPU time, µs | nginx | llm-gateway | ratio | to reach |\n|---|---|---|---|---|")
        for name, (*_, limit) in works.items():
            theirs, own = map(statistics.median, costs[name])
            ratio = statistics.median(b / a for a, b in zip(*costs[name]))
            print(f"| {name} | {theirs:.1f} | {own:.1f} | {ratio:.2f}× | {limit}× |")
        print(f"\nStart to first answer: {started * 1000:.0f} ms; resident at the end: {resident_mib(gateway):.0f} MiB.")


def hold_streams(options):
    # A stream takes two of the gateway's files, one towards the client and one towards the upstream. Where a process
    # may not have that many, some streams are of the simulated model, which answers inside of the gateway.
    limit = raise_file_limit(2 * options.count + 500)
    simulated = min(options.count, max(0, 2 * options.count + 500 - limit))
    with Machine() as machine:
        paced = free_port()
        machine.start([*STREAMS, "upstream", paced], LOAD_CORE, paced)
        gateway, port, _, _ = machine.gateway(
            [("paced", "openai-compatible", f"{paced}/v1")], more="  simulated: {}\n"
        )
        before, most = resident_mib(gateway), 0.0

        def watch(_):
            nonlocal most
            most = max(most, resident_mib(gateway))

        # Ten chunks, one each 5 s: the last stream has begun long before the first one ends.
        counts = {"paced/paced-10-5000": options.count - simulated, "simulated/lorem?tokens_per_second=0.2": simulated}
        seen = machine.streams(port, 25, counts, watch)
        print("| streams open at once | finished | failed | resident before | at most | per stream |")
        print("|---|---|---|---|---|---|")
        print(
            f"| {seen['most_open']:,} | {seen['finished']:,} | {seen['failed']} | {before:.0f} MiB | {most:.0f} MiB "
            f"| {(most - before) * 1024 / options.count:.1f} KiB |"
        )
        if simulated:
            print(f"\nOf these {simulated:,} were simulated: a process may have {limit:,} open files on this machine.")


def soak(options):
    deadline = time.monotonic() + 600
    with Machine() as machine:
        canned = machine.canned_upstream()
        gateway, port, _, _ = machine.gateway(
            [("chats", "openai-compatible", f"{canned}/v1"), ("streams", "openai-compatible", f"{canned}/stream")]
        )
        bodies = [chat(1024), chat(900).replace('"mock"', '"streams/mock", "stream": true')]
        done, burst = 0, 0
        print("| requests | resident |\n|---|---|")
        while done < options.count and time.monotonic() < deadline:
            done += machine.wrk(port, bodies[burst % 2], 5)
            burst += 1
            print(f"| {done} | {resident_mib(gateway):.1f} MiB |", flush=True)


def latencies(port, seconds, body):
    """What one client sees that asks some hundred times a second: milliseconds, rising."""
    seen = []
    client = http.client.HTTPConnection("127.0.0.1", port)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        client.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
        answer = client.getresponse()
        answer.read()
        seen.append((time.perf_counter() - began) * 1e3)
        assert answer.status == 200
        time.sleep(0.002)
    return sorted(seen)


def scrape(options):
    models = "".join(f"  m{n}: {{ targets: [{{ provider: mock, model: m{n} }}] }}\n" for n in range(options.models))
    with Machine() as machine:
        canned = machine.canned_upstream()
        gateway, port, metrics, _ = machine.gateway(
            [("mock", "openai-compatible", f"{canned}/v1")], f"models:\n{models}"
        )

        def look():
            with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=10) as answer:
                return answer.read().decode()

        series = sum(not line.startswith("#") for line in look().splitlines())
        before = cpu_seconds(gateway)
        for _ in range(30):
            look()
        each = (cpu_seconds(gateway) - before) / 30 * 1e3
        print(f"one scrape of {series} series: {each:.1f} ms of CPU\n")
        print("| scraped | p50 | p99 | slowest |\n|---|---|---|---|")
        sides = {"never": [], "every second": []}
        latencies(port, 1, chat(1024))
        for _ in range(options.rounds):
            for side, seen in sides.items():
                over = threading.Event()

                def scraper():
                    while not over.wait(1):
                        look()

                watcher = threading.Thread(target=scraper if side != "never" else lambda: None)
                watcher.start()
                seen += latencies(port, options.seconds, chat(1024))
                over.set()
                watcher.join()
        for side, seen in sides.items():
            seen.sort()
            p50, p99 = (seen[int(len(seen) * share)] for share in (0.5, 0.99))
            print(f"| {side} | {p50:.2f} ms | {p99:.2f} ms | {seen[-1]:.2f} ms |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("compare")
    one.add_argument("--rounds", type=int, default=5, choices=range(1, 21))
    one.add_argument("--seconds", type=int, default=3, choices=range(1, 31))
    one.set_defaults(run=compare)
    two = commands.add_parser("streams")
    two.add_argument("--count", type=int, default=10_000)
    two.set_defaults(run=hold_streams)
    three = commands.add_parser("soak")
    three.add_argument("--count", type=int, default=500_000)
    three.set_defaults(run=soak)
    four = commands.add_parser("scrape")
    four.add_argument("--models", type=int, default=26)
    four.add_argument("--rounds", type=int, default=4, choices=range(1, 21))
    four.add_argument("--seconds", type=int, default=5, choices=range(1, 31))
    four.set_defaults(run=scrape)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options.run(options)


main()
