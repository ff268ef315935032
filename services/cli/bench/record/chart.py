"""The picture of a record: a bar for each result, beside the line of its target, as SVG.

Pure. A bar's length is how many times as good as its target a result is. So ratios, times and shares fit on one scale,
and a bar that reaches the line has reached its target. The picture has a ground of its own, light or dark as the
reader's system is; colours are told apart by the colour-blind too, and each missed target is also named in words.
"""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from services.cli.bench.report import Result

WIDTH, MARGIN, ROW, BAR = 960, 16, 20, 12
LABELS, BARS = 400, 240
"""Widths of the columns of labels and of bars; the figures take the rest."""
LONGEST_LABEL = 64
"""Letters of a label that fit into its column."""
MOST = 2.0
"""Bars of results that are better than so many times the target end there."""
LEFT = MARGIN + LABELS + 10
"""Where bars begin."""
LEGEND = "Each line is a target. Longer bars are better, and end at twice the target."

STYLE = """
svg { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
.ground { fill: #ffffff; stroke: #d0d7de } text { fill: #1f2328 } .group { font-weight: 600 } .legend { fill: #59636e }
.reached { fill: #2f6fdb } .missed { fill: #d9730d } .target { stroke: #1f2328; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; stroke: #3d444d } text { fill: #f0f6fc } .legend { fill: #9198a1 }
  .reached { fill: #5b93f0 } .missed { fill: #f0883e } .target { stroke: #f0f6fc }
}
"""


def chart(groups: Mapping[str, Sequence[Result]]) -> str:
    """Return the picture of the results that have a target, by the title of their group."""
    parts: list[str] = []
    row = 1
    for title, results in groups.items():
        shown = [(one, times) for one in results if (times := one.times_target) is not None]
        if shown:
            row += 1
            parts.append(_text(MARGIN, row, title, "group"))
            parts += _group(shown, row + 1)
            row += len(shown) + 1
    height = 2 * MARGIN + (row + 1) * ROW
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" role="img">',
            f"<title>Results of the benchmarks beside their targets</title><style>{STYLE}</style>",
            f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
            _text(MARGIN, 0, LEGEND, "legend"),
            *parts,
            "</svg>\n",
        ]
    )


def _group(shown: Sequence[tuple[Result, float]], first: int) -> Iterator[str]:
    """Yield the rows of a group and the line of their targets; `first` is the number of the first row."""
    for row, (result, times) in enumerate(shown, first):
        label = result.what if len(result.what) <= LONGEST_LABEL else f"{result.what[: LONGEST_LABEL - 1]}…"
        length = BARS * min(times, MOST) / MOST
        yield _text(LEFT - 10, row, label, "label", anchor="end")
        yield (
            f'<rect class="{result.verdict}" x="{LEFT}" y="{_middle(row) - BAR / 2:g}" width="{length:.1f}" '
            f'height="{BAR}" rx="2"/>'
        )
        missed = ", missed" if result.verdict == "missed" else ""
        yield _text(LEFT + BARS + 10, row, f"{result.shown}, {result.wanted}{missed}", "figure")
    at, top, bottom = LEFT + BARS / MOST, _middle(first) - ROW / 2, _middle(first + len(shown)) - ROW / 2
    yield f'<line class="target" x1="{at:g}" y1="{top:g}" x2="{at:g}" y2="{bottom:g}"/>'


def _text(x: int, row: int, words: str, kind: str, *, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{_middle(row) + 4:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _middle(row: int) -> float:
    return MARGIN + (row + 0.5) * ROW
