"""Charts as pictures. The one home of matplotlib, in a process of its own, which takes the library's memory with it.

python -m bot.charts < chart.json > chart.png
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from dataclasses import asdict, dataclass
from typing import Any

from newsdesk.errors import DeskError

_SECONDS = 30.0
_WIDTH, _HEIGHT, _DPI = 6.4, 7.2, 160
_COLOURS = ("#0b6e99", "#d1495b", "#66a182", "#edae49", "#6c5b7b")
_INK, _FAINT = "#22303a", "#8b98a1"
_MOST_TICKS = 7


class ChartFailed(DeskError):
    """No picture came about: the process failed, or took too long."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over steps above, bars below: names with their numbers. The words are drawn as they are given."""

    title: str
    subtitle: str
    steps: tuple[str, ...]
    lines: tuple[tuple[str, tuple[int, ...]], ...]
    bars_title: str = ""
    bars: tuple[tuple[str, int], ...] = ()


async def drawn(chart: Chart) -> bytes:
    """The chart as a PNG. Raises ChartFailed."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "MPLCONFIGDIR") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.charts"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            picture, said = await process.communicate(json.dumps(asdict(chart)).encode())
    except TimeoutError:
        raise ChartFailed(f"the chart was not drawn within {_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:] or ["without a word"]
        raise ChartFailed(f"the chart was not drawn: {last[0]}")
    return picture


def draw(chart: Chart) -> bytes:
    """Draw it here and now; returns a PNG."""
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams.update({"font.size": 11, "text.color": _INK, "axes.labelcolor": _INK, "text.parse_math": False})
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12)
    figure = Figure(figsize=(_WIDTH, _HEIGHT if chart.bars else _HEIGHT * 0.68), dpi=_DPI, layout=layout)
    rows = [3, 0.45 + 0.32 * len(chart.bars)] if chart.bars else [1]
    areas = figure.subplots(len(rows), 1, height_ratios=rows, squeeze=False)
    figure.suptitle(chart.title, x=0.03, ha="left", fontsize=15, fontweight="bold")
    _draw_lines(areas[0][0], chart)
    if chart.bars:
        _draw_bars(areas[1][0], chart)
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor="white")
    return out.getvalue()


def _draw_lines(area: object, chart: Chart) -> None:
    axes = _bare(area)
    places = range(len(chart.steps))
    for colour, (name, numbers) in zip(_COLOURS, chart.lines, strict=False):
        axes.plot(
            places, numbers, color=colour, linewidth=2.4, marker="o", markersize=4, label=f"{name} ({sum(numbers)})"
        )
    axes.set_title(chart.subtitle, loc="left", fontsize=11, color=_FAINT)
    every = max(1, -(-len(chart.steps) // _MOST_TICKS))
    shown = list(places)[::-1][::every][::-1]
    axes.set_xticks(shown, [chart.steps[place] for place in shown])
    axes.set_ylim(bottom=0, top=max([1, *(max(numbers, default=0) for _, numbers in chart.lines)]) * 1.1)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y", color="#e3e8eb")
    axes.legend(loc="upper left", frameon=False, ncols=3, bbox_to_anchor=(0, -0.1))


def _draw_bars(area: object, chart: Chart) -> None:
    axes = _bare(area)
    names = [name for name, _ in chart.bars]
    numbers = [number for _, number in chart.bars]
    bars = axes.barh(range(len(names)), numbers, color=_COLOURS[0], height=0.62)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.bar_label(bars, padding=4)
    axes.set_title(chart.bars_title, loc="left", fontsize=11, color=_FAINT)


def _bare(area: object) -> Any:
    axes: Any = area
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_FAINT)
    axes.tick_params(colors=_INK, length=0)
    return axes


def main() -> int:
    """From standard input to standard output."""
    given = json.load(sys.stdin)
    lines = tuple((name, tuple(numbers)) for name, numbers in given.pop("lines"))
    bars = tuple((name, number) for name, number in given.pop("bars"))
    steps = tuple(given.pop("steps"))
    sys.stdout.buffer.write(draw(Chart(**given, steps=steps, lines=lines, bars=bars)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
