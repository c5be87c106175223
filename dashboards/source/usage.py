"""Who uses which models, what it costs, and whom limits hold back."""

from board import Board, Panel, Query, Row
from promql import HOURLY, increase, rate, ratio, top

SUMS = Row("In the time shown", [
    Panel(
        "Cost",
        "US dollars, by the known prices, of every attempt that was billed.",
        [Query(increase("llm_gateway_cost_usd_total", "@target"))], kind="stat", unit="currencyUSD", width=4, height=4),
    Panel(
        "Wasted",
        "The part of the cost that was spent on answers which no client got: hedges that lost, clients that left, "
        "attempts that broke off.",
        [Query(increase("llm_gateway_wasted_cost_usd_total", "@target"))],
        kind="stat", unit="currencyUSD", width=4, height=4),
    Panel(
        "Input tokens",
        "Tokens that models read, those from and into caches included.",
        [Query(increase("llm_gateway_tokens_total", '@target,kind=~"input|cached_input|cache_write"'))],
        kind="stat", width=4, height=4),
    Panel(
        "Output tokens",
        "Tokens that models wrote, reasoning included.",
        [Query(increase("llm_gateway_tokens_total", '@target,kind="output"'))], kind="stat", width=4, height=4),
    Panel(
        "Input from caches",
        "Share of the input that the providers' prompt caches served, usually at a tenth of the price.",
        [Query(ratio(increase("llm_gateway_tokens_total", '@target,kind="cached_input"'),
               increase("llm_gateway_tokens_total", '@target,kind=~"input|cached_input|cache_write"')))],
        kind="stat", unit="percentunit", width=4, height=4),
    Panel(
        "Requests without a price",
        "They were answered, and neither cost nor budgets know of them. Name a price under model_info.",
        [Query(increase("llm_gateway_requests_unpriced_total", "@target"))],
        kind="stat", unit="none", width=4, height=4, decimals=0, steps=[(None, "green"), (0.5, "orange")]),
])

COST = Row("Cost", [
    Panel(
        "Cost an hour by model",
        "US dollars an hour at the pace of each moment.",
        [Query(top(HOURLY + rate("llm_gateway_cost_usd_total", "@target", "provider,model")),
               "{{provider}} {{model}}")], unit="currencyUSD", stacked=True),
    Panel(
        "Cost by provider",
        "US dollars in the time shown.",
        [Query(increase("llm_gateway_cost_usd_total", "@target", "provider"), "{{provider}}")],
        kind="bargauge", unit="currencyUSD", least=0),
    Panel(
        "Cost of an answer by model",
        "US dollars that an answered request costs on average.",
        [Query(ratio(rate("llm_gateway_cost_usd_total", "@target", "provider,model"),
               rate("llm_gateway_requests_total", '@target,outcome="ok"', "provider,model")),
               "{{provider}} {{model}}")], unit="currencyUSD", least=0),
])

TOKENS = Row("Tokens", [
    Panel(
        "Tokens by kind",
        "input: not cached; output includes reasoning, which is shown for itself too.",
        [Query(rate("llm_gateway_tokens_total", "@target", "kind"), "{{kind}}")], unit="tokens/s", least=0),
    Panel(
        "Tokens by model",
        "Input and output together.",
        [Query(top(rate("llm_gateway_tokens_total", '@target,kind!="reasoning"', "provider,model")),
               "{{provider}} {{model}}")], unit="tokens/s", stacked=True),
    Panel(
        "Unpriced requests by model",
        "Requests a second that were answered without a known price.",
        [Query(rate("llm_gateway_requests_unpriced_total", "@target", "provider,model") + " > 0",
               "{{provider}} {{model}}")], unit="reqps", stacked=True),
])

KEYS = Row("Keys", [
    Panel(
        "Requests by key",
        "none: callers without a key.",
        [Query(top(rate("llm_gateway_key_requests_total", "@key", "key")), "{{key}}")],
        unit="reqps", stacked=True),
    Panel(
        "Requests that were not answered",
        "By key and outcome: whose clients are wrong, impatient, or over their limits.",
        [Query(top(rate("llm_gateway_key_requests_total", '@key,outcome!="ok"', "key,outcome") + " > 0"),
               "{{key}} {{outcome}}")], unit="reqps", stacked=True),
    Panel(
        "Refused by limits",
        "By key and limit. budget: its money is spent; concurrency: too many calls at once; ip: the client's "
        "address.",
        [Query(rate("llm_gateway_rate_limited_total", "@key", "key,limit") + " > 0", "{{key}} {{limit}}")],
        unit="reqps", stacked=True),
    Panel(
        "Cost by key",
        "US dollars in the time shown.",
        [Query(top(increase("llm_gateway_key_cost_usd_total", "@key", "key")), "{{key}}")],
        kind="bargauge", unit="currencyUSD", least=0),
    Panel(
        "Cost an hour by key",
        "US dollars an hour at the pace of each moment.",
        [Query(top(HOURLY + rate("llm_gateway_key_cost_usd_total", "@key", "key")), "{{key}}")],
        unit="currencyUSD", stacked=True),
    Panel(
        "Tokens by key",
        "Input and output together: what tokens_per_minute limits.",
        [Query(top(rate("llm_gateway_key_tokens_total", "@key", "key")), "{{key}}")],
        unit="tokens/s", stacked=True),
])

TRANSLATION = Row("What clients ask for in vain", [
    Panel(
        "Parameters left out",
        "Parameters of requests that the target's API has no place for, by the client's API, the target's, and the "
        "parameter.",
        [Query(rate("llm_gateway_translation_dropped_total", "@gateway", "from,to,param"),
               "{{param}}: {{from}} to {{to}}")], unit="reqps", stacked=True, width=12),
    Panel(
        "The gateway's cache",
        "Requests a second by what the gateway's own cache did for them. bypass: nothing, they were not for it.",
        [Query(rate("llm_gateway_cache_requests_total", "@gateway", "result"), "{{result}}")],
        unit="reqps", stacked=True, width=12),
])

BOARD = Board(
    "llm-gateway-usage", "Tokens, cost and keys", __doc__, ["namespace", "job", "instance", "provider", "model", "key"],
    [SUMS, COST, TOKENS, KEYS, TRANSLATION])
