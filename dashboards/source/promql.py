"""Expressions that dashboards use more than once. Labels are written as they stand between braces."""

WINDOW = "$__rate_interval"
# Before what is gained in a second: what is gained in an hour at that pace.
HOURLY = "3600 * "


def rate(metric, labels, by="", window=WINDOW):
    """What a counter gains in a second, summed; `by`: the labels that stay."""
    return f"sum{_kept(by)} (rate({metric}{{{labels}}}[{window}]))"


def increase(metric, labels, by="", window="$__range"):
    """What a counter gains in the time that the dashboard shows, summed."""
    return f"sum{_kept(by)} (increase({metric}{{{labels}}}[{window}]))"


def quantile(share, metric, labels, by="", window=WINDOW):
    """The value that this share of a histogram's observations lie below."""
    names = f"{by},le" if by else "le"
    return f"histogram_quantile({share}, {rate(metric + '_bucket', labels, names, window)})"


def mean(metric, labels, by="", window=WINDOW):
    """The mean of a histogram's observations."""
    return f"{rate(metric + '_sum', labels, by, window)} / {rate(metric + '_count', labels, by, window)}"


def ratio(part, whole):
    return f"{part} / {whole}"


def top(expr):
    """The largest twelve series; more lines than that nobody can tell apart."""
    return f"topk(12, {expr})"


def _kept(labels):
    return f" by ({labels})" if labels else ""
