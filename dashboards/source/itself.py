"""The gateway as a process: what it takes, what it adds to a request, and whether it can be trusted to tell."""

from board import Board, Panel, Query, Row
from promql import increase, mean, quantile, rate, ratio

STATE = Row("State", [
    Panel(
        "Replicas",
        "Replicas that Prometheus reaches.",
        [Query("sum(up{@gateway})")], kind="stat", unit="none", width=4, height=4,
        steps=[(None, "red"), (1, "green")]),
    Panel(
        "Versions",
        "Each version that runs, and on how many replicas.",
        [Query("count by (version, commit) (llm_gateway_build_info{@gateway})", "{{version}} ({{commit}})")],
        kind="stat", unit="none", width=8, height=4, shows_label="version"),
    Panel(
        "Youngest replica",
        "Time since the last start of any replica.",
        [Query("min(time() - process_start_time_seconds{@gateway})")], kind="stat", unit="s", width=4, height=4),
    Panel(
        "Redis",
        "Whether all replicas reach what they share; without one configured they need none.",
        [Query("max(llm_gateway_store_degraded{@gateway})")], kind="stat", unit="none", width=4, height=4,
        mappings={0: ("within reach", "green"), 1: ("out of reach", "red")}),
    Panel(
        "Configurations refused",
        "In the time shown. The one before stays in force; check-config says what is wrong.",
        [Query(increase("llm_gateway_config_reloads_total", '@gateway,result="failure"'))],
        kind="stat", unit="none", width=4, height=4, decimals=0, steps=[(None, "green"), (0.5, "red")]),
])

OVERHEAD = Row("What it adds to a request", [
    Panel(
        "Gateway's own time",
        "What requests spend in the gateway itself, waiting for providers and clients excluded. The line is the "
        "objective for 99 % of them.",
        [Query(quantile(share, "llm_gateway_overhead_seconds", "@gateway"), name)
         for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))],
        unit="s", least=0, steps=[(0.01, "orange")]),
    Panel(
        "Gateway's own time by API, p95",
        "Translated requests cost more than those that pass through.",
        [Query(quantile(0.95, "llm_gateway_overhead_seconds", "@gateway", "api_format,stream"),
               "{{api_format}}, stream {{stream}}")], unit="s", least=0),
    Panel(
        "Where requests spend their time",
        "Seconds of each phase within a second: how many requests are in it on average. receive and client_stall: "
        "slow clients; queue and backoff: full or failing providers.",
        [Query(rate("llm_gateway_request_phase_seconds_sum", "@gateway", "phase"), "{{phase}}")],
        unit="none", stacked=True),
    Panel(
        "Mean time of the gateway's phases",
        "Of the requests that had the phase, by what the gateway does itself.",
        [Query(mean("llm_gateway_request_phase_seconds", '@gateway,phase=~"auth|admit|route|cache|translate"', "phase"),
               "{{phase}}")], unit="s", least=0),
    Panel(
        "Event loop lag, p99",
        "How late timers run; every request on the loop waits as long, several times.",
        [Query(quantile(0.99, "llm_gateway_event_loop_lag_seconds", "@gateway", "instance"), "{{instance}}")],
        unit="s", least=0, steps=[(0.05, "red")]),
    Panel(
        "Worst event loop, p99",
        "The loop that runs latest, of each replica: one that is far above the rest has a very large body or stream "
        "on it.",
        [Query(
            f"max by (instance) ({quantile(0.99, 'llm_gateway_event_loop_lag_seconds', '@gateway', 'instance,loop')})",
            "{{instance}}")], unit="s", least=0, steps=[(0.05, "red")]),
])

RESOURCES = Row("What it takes", [
    Panel(
        "CPU",
        "Cores in use.",
        [Query(rate("process_cpu_seconds_total", "@gateway", "instance"), "{{instance}}")], unit="none", least=0),
    Panel(
        "CPU for a request",
        "CPU time divided by requests; it rises with long streams and translation.",
        [Query(ratio(rate("process_cpu_seconds_total", "@gateway", "instance"),
               rate("llm_gateway_requests_total", "@gateway", "instance")), "{{instance}}")], unit="s", least=0),
    Panel(
        "Memory",
        "Resident memory of each replica.",
        [Query("process_resident_memory_bytes{@gateway}", "{{instance}}")], unit="bytes", least=0),
    Panel(
        "Requests in flight by replica",
        "An uneven share: a load balancer that does not know of long streams.",
        [Query("sum by (instance) (llm_gateway_requests_in_flight{@gateway})", "{{instance}}")], unit="none", least=0),
    Panel(
        "Client connections",
        "Open connections on the proxy port; server.max_connections bounds them.",
        [Query("llm_gateway_client_connections{@gateway}", "{{instance}}")], unit="none", least=0),
    Panel(
        "File descriptors",
        "Share of the permitted ones that is open. At 1 no connection can be opened any more.",
        [Query("process_open_fds{@gateway} / process_max_fds{@gateway}", "{{instance}}")],
        unit="percentunit", least=0, most=1, steps=[(0.8, "red")]),
])

TELLING = Row("Whether it tells everything", [
    Panel(
        "Telemetry dropped",
        "Log lines, spans and series that were dropped rather than hold up requests.",
        [Query(rate("llm_gateway_log_dropped_total", "@gateway"), "log lines"),
         Query(rate("llm_gateway_trace_spans_dropped_total", "@gateway"), "spans"),
         Query(rate("llm_gateway_series_dropped_total", "@gateway"), "series")], unit="cps", least=0),
    Panel(
        "Configurations read",
        "How often replicas read their configuration anew, in the time that a point stands for.",
        [Query(increase("llm_gateway_config_reloads_total", "@gateway", "instance,result", "$__rate_interval"),
               "{{instance}} {{result}}")], unit="none", least=0),
    Panel(
        "Configuration in use",
        "Counts from 1 at the start of a process, one more with each that was taken.",
        [Query("llm_gateway_config_generation{@gateway}", "{{instance}}")], unit="none", least=0, decimals=0),
    Panel(
        "Time of scrapes",
        "How long Prometheus waits for the metrics of each replica.",
        [Query("scrape_duration_seconds{@gateway}", "{{instance}}")], unit="s", least=0, width=12),
    Panel(
        "Series of a scrape",
        "Samples that each replica exports; metrics.max_series bounds a family of them.",
        [Query("scrape_samples_scraped{@gateway}", "{{instance}}")], unit="short", least=0, width=12),
])

BOARD = Board(
    "llm-gateway-itself", "The gateway itself", __doc__, ["namespace", "job", "instance"],
    [STATE, OVERHEAD, RESOURCES, TELLING])
