"""Draws dashboards as Grafana lays them out, from what Prometheus answers to their queries. Needs matplotlib."""

import math
import re

import matplotlib
import matplotlib.pyplot as plt
from PIL import Image

from inventory import boards, filled_in

matplotlib.use("Agg")

BACKGROUND, CARD, TEXT, DIM = "#111217", "#181b1f", "#d8d9da", "#8e8e96"
COLORS = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "blue": "#5794f2"}
PALETTE = ["#73bf69", "#f2cc0c", "#8ab8ff", "#ff9830", "#f2495c", "#b877d9", "#37872d", "#5794f2", "#fade2a", "#ff7383",
           "#8f3bb8", "#96d98d", "#ffb357"]
# Pixels of one unit of Grafana's grid.
ACROSS, DOWN = 56, 26
DPI = 80
LINES_IN_LEGEND = 6


def draw(prometheus, start, end, folder):
    """One picture for each dashboard, of what happened from start to end (seconds since 1970)."""
    plt.rcParams.update({
        "text.color": TEXT, "axes.labelcolor": DIM, "xtick.color": DIM, "ytick.color": DIM, "font.size": 8,
        "axes.edgecolor": "#2c3235", "axes.facecolor": CARD, "figure.facecolor": BACKGROUND,
    })
    for name, board in boards().items():
        panels = board["panels"]
        rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
        figure = plt.figure(figsize=(24 * ACROSS / DPI, rows * DOWN / DPI), dpi=DPI)
        for panel in panels:
            _Picture(figure, rows, panel, prometheus, start, end).draw()
        file = folder / f"{name}.png"
        figure.savefig(file)
        plt.close(figure)
        Image.open(file).convert("RGB").quantize(128).save(file, optimize=True)


class _Picture:
    """One panel, in its place."""

    def __init__(self, figure, rows, panel, prometheus, start, end):
        self.figure, self.panel, self.prometheus = figure, panel, prometheus
        self.start, self.end = start, end
        place = panel["gridPos"]
        self.left, self.width = place["x"] / 24, place["w"] / 24
        self.height, self.bottom = place["h"] / rows, 1 - (place["y"] + place["h"]) / rows
        self.of_pixel = (1 / (24 * ACROSS), 1 / (rows * DOWN))

    def draw(self):
        across, down = self.of_pixel
        if self.panel["type"] == "row":
            self.figure.text(6 * across, self.bottom + self.height / 2, self.panel["title"], fontsize=10, weight="bold",
                             va="center")
            return
        self.figure.patches.append(plt.Rectangle(
            (self.left + 3 * across, self.bottom + 3 * down), self.width - 6 * across, self.height - 6 * down,
            transform=self.figure.transFigure, facecolor=CARD, edgecolor="#25272b", zorder=-1))
        top = self.bottom + self.height - 9 * down
        self.figure.text(self.left + 10 * across, top, self.panel["title"], fontsize=8.5, va="top")
        self.unit = self.panel["fieldConfig"]["defaults"]["unit"]
        {"timeseries": self._lines, "stat": self._stat, "bargauge": self._bars, "state-timeline": self._states,
         "table": self._table}[self.panel["type"]]()

    def _series(self):
        """(what it is called, its times, its values), those without a finite value left out."""
        for target in self.panel["targets"]:
            expr = filled_in(target["expr"], "5s", f"{math.ceil(self.end - self.start)}s")
            for found in self.prometheus.over_time(expr, self.start, self.end):
                points = [(time - self.start, float(value)) for time, value in found["values"]]
                if any(math.isfinite(value) for _, value in points):
                    labels = found["metric"]
                    name = re.sub(r"{{(\w+)}}", lambda label: labels.get(label[1], ""), target["legendFormat"])
                    yield name, *zip(*points), labels

    def _axes(self, left=52, right=14, bottom=40, top=26):
        across, down = self.of_pixel
        return self.figure.add_axes([
            self.left + left * across, self.bottom + bottom * down, self.width - (left + right) * across,
            self.height - (bottom + top) * down])

    def _timed(self, axes):
        axes.set_xlim(0, self.end - self.start)
        axes.xaxis.set_major_locator(matplotlib.ticker.MultipleLocator(15))
        axes.xaxis.set_major_formatter(lambda second, _: f"{int(second) // 60}:{int(second) % 60:02}")
        axes.grid(color="#2c3235", linewidth=0.5)
        axes.tick_params(length=0)

    def _steps(self):
        return self.panel["fieldConfig"]["defaults"]["thresholds"]["steps"]

    def _color(self, value):
        return COLORS[[step["color"] for step in self._steps() if step["value"] is None or value >= step["value"]][-1]]

    def _lines(self):
        axes = self._axes(bottom=62)
        self._timed(axes)
        series = sorted(self._series(), key=lambda one: -_mean(one[2]))
        style = self.panel["fieldConfig"]["defaults"]["custom"]
        stacked = style["stacking"]["mode"] == "normal"
        below = {}
        for place, (name, times, values, _) in enumerate(series):
            color = PALETTE[place % len(PALETTE)]
            if stacked:
                values = [value if math.isfinite(value) else 0 for value in values]
                floor = [below.get(round(time), 0) for time in times]
                values = [value + lower for value, lower in zip(values, floor)]
                axes.fill_between(times, floor, values, color=color, alpha=0.35, linewidth=0)
                below.update({round(time): value for time, value in zip(times, values)})
            axes.plot(times, values, color=color, linewidth=1, label=name)
        least, most = axes.get_ylim()
        if style["thresholdsStyle"]["mode"] != "off":
            for step in self._steps():
                if step["value"] is not None and step["value"] < 1.6 * most:
                    axes.axhline(step["value"], color=COLORS[step["color"]], linewidth=0.8, linestyle="--")
        axes.set_ylim(self.panel["fieldConfig"]["defaults"].get("min", min(0, least)), axes.get_ylim()[1] * 1.06)
        axes.yaxis.set_major_locator(matplotlib.ticker.MaxNLocator(4))
        axes.yaxis.set_major_formatter(lambda value, _: written(value, self.unit))
        handles, names = axes.get_legend_handles_labels()
        beside = -42 * self.of_pixel[0] / axes.get_position().width
        more = len(names) - LINES_IN_LEGEND
        names = names[:LINES_IN_LEGEND - 1] + [f"{more + 1} more"] if more > 0 else names
        axes.legend(
            handles[:len(names)], names, loc="upper left", bbox_to_anchor=(beside, -0.13), frameon=False, fontsize=7,
            ncol=2 if self.width < 0.4 else 3, handlelength=0.8, columnspacing=0.9, labelspacing=0.15)

    def _stat(self):
        series = list(self._series())
        for place, (name, _, values, _) in enumerate(series[:2]):
            is_whole = self.panel["fieldConfig"]["defaults"].get("decimals") == 0
            value = round(_last(values)) if is_whole else _last(values)
            shown = self._mapped(value) or (written(value, self.unit), self._color(value))
            text = name if self.panel["options"]["textMode"] == "name" else shown[0]
            self.figure.text(self.left + self.width / 2, self.bottom + self.height * (0.42 - 0.3 * place), text,
                             fontsize=16, color=shown[1], ha="center", va="center")

    def _mapped(self, value):
        for mapping in self.panel["fieldConfig"]["defaults"]["mappings"]:
            if found := mapping["options"].get(str(int(value))):
                return found["text"], COLORS[found["color"]]
        return None

    def _bars(self):
        series = sorted(self._series(), key=lambda one: _last(one[2]))
        axes = self._axes(left=172, bottom=14, right=64)
        axes.set_axis_off()
        defaults = self.panel["fieldConfig"]["defaults"]
        values = [_last(values) for _, _, values, _ in series]
        axes.set_xlim(defaults.get("min", 0), defaults.get("max", max([*values, 1e-9])))
        for place, ((name, _, _, _), value) in enumerate(zip(series, values)):
            axes.barh(place, max(0, value), color=self._color(value), height=0.6)
            axes.text(axes.get_xlim()[0], place, f"{name}  ", ha="right", va="center", fontsize=8)
            axes.text(axes.get_xlim()[1], place, f"  {written(value, self.unit)}", va="center", fontsize=8)

    def _states(self):
        axes = self._axes(left=150, bottom=24)
        self._timed(axes)
        series = sorted(self._series(), reverse=True)
        for place, (_, times, values, _) in enumerate(series):
            for time, value in zip(times, values):
                axes.barh(place, 1, left=time, height=0.7, color=(self._mapped(value) or ("", DIM))[1], linewidth=0)
        axes.set_yticks(range(len(series)), [name for name, *_ in series])

    def _table(self):
        across, down = self.of_pixel
        rows = sorted({tuple(labels.get(key, "") for key in (
            "severity", "alertname", "provider", "model", "key", "slo", "what")) for *_, labels in self._series()})
        for place, row in enumerate(rows):
            column, line = divmod(place, 7)
            self.figure.text(
                self.left + (14 + 328 * column) * across, self.bottom + self.height - (32 + 16 * line) * down,
                row[1] + "  " + " ".join(filter(None, row[2:])), fontsize=7.5, va="top",
                color=COLORS["red" if row[0] == "critical" else "orange"])


def _mean(values):
    finite = [value for value in values if math.isfinite(value)]
    return sum(finite) / len(finite)


def _last(values):
    return [value for value in values if math.isfinite(value)][-1]


def written(value, unit):
    """A value as people write it."""
    if unit == "percentunit":
        return f"{100 * value:.0f} %" if abs(value) > 1 else f"{100 * value:.3g} %"
    if unit == "currencyUSD":
        return f"${value:.2f}" if abs(value) >= 0.1 or not value else f"${value:.6f}".rstrip("0")
    if unit == "s" and value:
        for size, name in ((60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs")):
            if abs(value) >= size:
                return f"{value / size:.3g} {name}"
    for size, name in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{name}{'B' if unit == 'bytes' else ''}"
    return f"{value:.3g}{ {'reqps': '/s', 'tokens/s': '/s', 'cps': '/s'}.get(unit, '') }"
