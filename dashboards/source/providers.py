"""Which provider is well, what the gateway does about those that are not, and where calls wait."""

from board import Board, Panel, Query, Row
from promql import increase, quantile, rate, ratio

UP = {0: ("down", "red"), 1: ("up", "green")}
BREAKER = {0: ("closed", "green"), 1: ("half-open", "orange"), 2: ("open", "red")}

HEALTH = Row("Health", [
    Panel(
        "Providers",
        "What the last health probe of each replica found. Probes run in the background with the provider's own "
        "credential.",
        [Query("min by (provider) (llm_gateway_provider_up{@provider})", "{{provider}}")],
        kind="state-timeline", width=12, mappings=UP, unit="none"),
    Panel(
        "Circuit breakers",
        "The targets whose breaker was not closed all the time, at their worst over the replicas; empty when all is "
        "well. Open: not called while another target is left; half-open: a few calls show whether it is well again.",
        [Query("max by (provider, model) (llm_gateway_circuit_breaker_state{@target}) and "
               "max by (provider, model) (max_over_time(llm_gateway_circuit_breaker_state{@target}[$__range])) > 0",
               "{{provider}} {{model}}")],
        kind="state-timeline", width=12, mappings=BREAKER, unit="none"),
    Panel(
        "Time of probes",
        "How long nineteen of twenty health probes take; a provider that slows down shows here before it fails.",
        [Query(quantile(0.95, "llm_gateway_provider_probe_duration_seconds", "@provider", "provider"), "{{provider}}")],
        unit="s", width=12, least=0),
    Panel(
        "Changes of breakers",
        "How often breakers changed in the time that a point stands for, by what to.",
        [Query(increase("llm_gateway_circuit_breaker_transitions_total", '@target,to=~"open|closed"',
                        "provider,model,to", "$__rate_interval") + " > 0", "{{provider}} {{model}} {{to}}")],
        unit="none", width=12, least=0),
])

ATTEMPTS = Row("What providers are sent", [
    Panel(
        "Attempts",
        "What providers were sent, retries, fallbacks and hedges included.",
        [Query(rate("llm_gateway_upstream_attempts_total", "@target", "provider"), "{{provider}}")],
        unit="reqps", stacked=True),
    Panel(
        "Attempts that failed",
        "Attempts a second without a 2xx answer, by what came instead. 401 and 403: the credential; 429: the "
        "provider's own limits.",
        [Query(rate("llm_gateway_upstream_attempts_total", '@target,result!~"2.."', "provider,result"),
               "{{provider}} {{result}}")],
        unit="reqps", stacked=True),
    Panel(
        "Share of attempts that failed",
        "Of each provider's attempts, those without a 2xx answer. Breakers open at half.",
        [Query("1 - " + ratio(rate("llm_gateway_upstream_attempts_total", '@target,result=~"2.."', "provider"),
               rate("llm_gateway_upstream_attempts_total", "@target", "provider")), "{{provider}}")],
        unit="percentunit", least=0, most=1, steps=[(0.5, "red")]),
    Panel(
        "Time of attempts, p50",
        "From sending to the last byte of the answer: half of the attempts take no longer.",
        [Query(quantile(0.5, "llm_gateway_upstream_duration_seconds", "@target", "provider,model"),
               "{{provider}} {{model}}")], unit="s", least=0),
    Panel(
        "Time of attempts, p95",
        "From sending to the last byte of the answer: nineteen of twenty attempts take no longer.",
        [Query(quantile(0.95, "llm_gateway_upstream_duration_seconds", "@target", "provider,model"),
               "{{provider}} {{model}}")], unit="s", least=0),
    Panel(
        "First token by model, p95",
        "From the client's request to the first token of a stream, waiting in queues and retries included.",
        [Query(quantile(0.95, "llm_gateway_time_to_first_token_seconds", "@target", "provider,model"),
               "{{provider}} {{model}}")], unit="s", least=0, steps=[(2.5, "orange")]),
    Panel(
        "Speed by model",
        "Tokens a second after the first one, in half of the streams.",
        [Query("1 / " + quantile(0.5, "llm_gateway_time_per_output_token_seconds", "@target", "provider,model"),
               "{{provider}} {{model}}")], unit="tokens/s", least=0),
    Panel(
        "In flight",
        "Requests that each provider is answering.",
        [Query("sum by (provider) (llm_gateway_requests_in_flight{@provider})", "{{provider}}")],
        unit="none", least=0, stacked=True),
    Panel(
        "Connections",
        "Open connections to each provider. Many active and none idle: the next call has to connect first.",
        [Query("sum by (provider, state) (llm_gateway_upstream_connections{@provider})", "{{provider}} {{state}}")],
        unit="none", least=0, stacked=True),
])

RECOVERY = Row("What the gateway does about failures", [
    Panel(
        "Retries",
        "Attempts after another one failed, by the provider that was asked next and the failure before.",
        [Query(rate("llm_gateway_retries_total", "@provider", "provider,reason") + " > 0",
               "{{provider}} after {{reason}}")],
        unit="reqps", stacked=True),
    Panel(
        "Fallbacks",
        "Attempts at another model, because all targets of the one before had failed, or as fallbacks_on says.",
        [Query(rate("llm_gateway_fallbacks_total", "@provider", "provider,reason") + " > 0",
               "{{provider}}: {{reason}}")],
        unit="reqps", stacked=True),
    Panel(
        "Hedges",
        "Attempts at a second target while the first had sent nothing for hedge_after.",
        [Query(rate("llm_gateway_hedges_total", "@provider", "provider") + " > 0", "{{provider}}")],
        unit="reqps", stacked=True),
    Panel(
        "Attempts for a request",
        "1: each request takes one. More: retries, fallbacks and hedges, which providers have to bear in an outage.",
        [Query(ratio(rate("llm_gateway_upstream_attempts_total", "@target"),
               rate("llm_gateway_requests_total", '@target,provider!="none",outcome!="rejected"')),
               "attempts")], unit="none", least=1, steps=[(1.2, "orange")], decimals=2),
    Panel(
        "Waiting in queues",
        "Attempts that wait because their provider has max_in_flight calls already.",
        [Query("sum by (provider) (llm_gateway_queue_depth{@provider})", "{{provider}}")], unit="none", least=0,
        stacked=True),
    Panel(
        "Time in queues, p95",
        "How long attempts that had to wait did so, let in or not.",
        [Query(quantile(0.95, "llm_gateway_queue_wait_seconds", "@provider", "provider"), "{{provider}}")],
        unit="s", least=0),
])

BOARD = Board(
    "llm-gateway-providers", "Providers", __doc__, ["namespace", "job", "instance", "provider", "model"],
    [HEALTH, ATTEMPTS, RECOVERY])
