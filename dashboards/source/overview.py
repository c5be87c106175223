"""Is it well, and if not: since when, for whom, and is it us or them?"""

from board import Board, Panel, Query, Row
from promql import HOURLY, increase, quantile, rate, ratio, top

FAILED = '@target,outcome=~"provider_error|timeout"'
VALID = '@target,outcome=~"ok|provider_error|timeout"'
BROKEN = 'ending=~"upstream_cut|upstream_error|idle_timeout|total_timeout|untranslatable"'

NOW = Row("Now", [
    Panel(
        "Answered",
        "Share of requests that were answered, of those neither refused by a limit nor given up by the client, in "
        "the time shown.",
        [Query(ratio(increase("llm_gateway_requests_total", '@target,outcome="ok"'),
               increase("llm_gateway_requests_total", VALID)))],
        kind="stat", unit="percentunit", width=4, height=4, decimals=2, most=1,
        steps=[(None, "red"), (0.98, "orange"), (0.995, "green")]),
    Panel(
        "Requests",
        "Requests a second that clients send to model endpoints, whatever became of them.",
        [Query(rate("llm_gateway_requests_total", "@target"))], kind="stat", unit="reqps", width=4, height=4),
    Panel(
        "In flight",
        "Requests that are being answered now, streams included.",
        [Query("sum(llm_gateway_requests_in_flight{@provider})")], kind="stat", unit="none", width=4, height=4),
    Panel(
        "First token, p95",
        "Nineteen of twenty streams have sent their first token by then.",
        [Query(quantile(0.95, "llm_gateway_time_to_first_token_seconds", "@target"))],
        kind="stat", unit="s", width=4, height=4, steps=[(None, "green"), (2.5, "orange"), (10, "red")]),
    Panel(
        "Gateway's own time, p99",
        "What all but one in a hundred requests spend at most in the gateway itself, waiting for providers and "
        "clients excluded.",
        [Query(quantile(0.99, "llm_gateway_overhead_seconds", "@gateway"))],
        kind="stat", unit="s", width=4, height=4, steps=[(None, "green"), (0.01, "orange"), (0.05, "red")]),
    Panel(
        "Cost an hour",
        "US dollars that an hour costs at the present pace, by the known prices.",
        [Query(HOURLY + rate("llm_gateway_cost_usd_total", "@target"))],
        kind="stat", unit="currencyUSD", width=4, height=4),
    Panel(
        "Alerts that fire",
        "Of the gateway's own rules; empty when all is well. dashboards/README.md says what each means.",
        [Query('ALERTS{alertname=~"LLMGateway.*",alertstate="firing"}')], kind="table", width=24, height=6),
])

SERVICE_LEVELS = Row("Service levels", [
    Panel(
        "Error budget left of 30 days",
        "1: nothing spent. Below 0: the objective of the last 30 days is missed. The budgets are in "
        "recording-rules.yaml.",
        [Query("1 - sum_over_time(llm_gateway:slo_bad:rate5m{@job}[30d])"
               " / sum_over_time(llm_gateway:slo_valid:rate5m{@job}[30d])"
               " / on (slo) group_left () llm_gateway:slo_budget:ratio", "{{slo}} {{job}}")],
        kind="bargauge", unit="percentunit", least=0, most=1, steps=[(None, "red"), (0.25, "orange"), (0.5, "green")]),
    Panel(
        "Burn rate of an hour",
        "How many times too fast the budget is spent; 1: it just lasts for 30 days. At 14.4 somebody is paged, if "
        "the last five minutes say the same.",
        [Query("llm_gateway:slo_burn:rate1h{@job}", "{{slo}}")],
        least=0, steps=[(1, "orange"), (14.4, "red")]),
    Panel(
        "Burn rate of a day",
        "How many times too fast the budget is spent; 1: it just lasts for 30 days. At 3 there is a ticket, if the "
        "last two hours say the same.",
        [Query("llm_gateway:slo_burn:rate1d{@job}", "{{slo}}")],
        least=0, steps=[(1, "orange"), (3, "red")]),
])

TRAFFIC = Row("Traffic and failures", [
    Panel(
        "Requests by outcome",
        "Every request has exactly one outcome. rejected: a limit, a budget, a full queue or a shutdown; "
        "client_error: the request itself was wrong.",
        [Query(rate("llm_gateway_requests_total", "@target", "outcome"), "{{outcome}}")], unit="reqps", stacked=True),
    Panel(
        "Failures by provider and status",
        "Requests a second that failed for no fault of the client, by the provider that was tried last and the "
        "status that the client got. none: no provider was chosen.",
        [Query(rate("llm_gateway_requests_total", FAILED, "provider,status"), "{{provider}} {{status}}")],
        unit="reqps", stacked=True),
    Panel(
        "Refused and faulty requests",
        "Requests a second that the gateway refused or could not accept, by status. 401 and 403: keys; 429: limits; "
        "503: no room.",
        [Query(rate("llm_gateway_requests_total", '@target,outcome=~"client_error|rejected"', "status,outcome"),
               "{{status}} {{outcome}}")],
        unit="reqps", stacked=True),
    Panel(
        "Requests by API",
        "Which API clients speak.",
        [Query(rate("llm_gateway_requests_total", "@target", "api_format"), "{{api_format}}")],
        unit="reqps", stacked=True),
    Panel(
        "Requests by model",
        "Upstream models that answered, or were tried last; other: names that the configuration does not know.",
        [Query(top(rate("llm_gateway_requests_total", "@target", "provider,model")), "{{provider}} {{model}}")],
        unit="reqps", stacked=True),
    Panel(
        "In flight over time",
        "Requests that are being answered, and those of them that are streams being sent.",
        [Query("sum(llm_gateway_requests_in_flight{@provider})", "requests"),
         Query("sum(llm_gateway_streams_in_flight{@provider})", "of them streams")], unit="none", least=0),
])

LATENCY = Row("How long it takes", [
    Panel(
        "Whole answers",
        "From the first byte of a request to the last of its answer; no streams.",
        [Query(quantile(share, "llm_gateway_request_duration_seconds", '@target,stream="false"'), name)
         for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))], unit="s", least=0),
    Panel(
        "First token of streams",
        "From the first byte of a request to the first token sent to the client. The line is the objective for 95 % "
        "of them.",
        [Query(quantile(share, "llm_gateway_time_to_first_token_seconds", "@target"), name)
         for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))], unit="s", least=0, steps=[(2.5, "orange")]),
    Panel(
        "Speed of streams",
        "Tokens a second after the first one: what half of the streams reach, and the slowest twentieth stays "
        "below.",
        [Query("1 / " + quantile(0.5, "llm_gateway_time_per_output_token_seconds", "@target"), "half of them"),
         Query("1 / " + quantile(0.95, "llm_gateway_time_per_output_token_seconds", "@target"), "slowest twentieth")],
        unit="tokens/s", least=0),
])

STREAMS = Row("Streams", [
    Panel(
        "Streams that broke off",
        "Streamed answers a second that did not end as they should, by how. upstream_…: the provider; "
        "untranslatable: the provider said something unexpected.",
        [Query(rate("llm_gateway_stream_endings_total", "@gateway," + BROKEN, "ending"), "{{ending}}")],
        unit="reqps", stacked=True, width=12),
    Panel(
        "Streams that clients left",
        "Streamed answers a second whose client went away before the end, and those ended by a shutdown whose grace "
        "was over.",
        [Query(rate("llm_gateway_stream_endings_total", '@gateway,ending=~"client_gone|drained"', "ending"),
               "{{ending}}")],
        unit="reqps", stacked=True, width=12),
])

BOARD = Board(
    "llm-gateway-overview", "Overview", __doc__, ["namespace", "job", "instance", "provider", "model"],
    [NOW, SERVICE_LEVELS, TRAFFIC, LATENCY, STREAMS])
