"""One self-contained HTML page from frames and figures: no network, no script, readable from 360 pixels and on paper."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from valuescape.model.words import cell, in_digits, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

LONG, NOTABLE = 24, 0.2
_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, sans-serif; color: #222; background: #fff; margin: 0 auto; padding: 1rem;
  max-width: 60rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
p.lead { font-size: 1.1rem; color: #444; } li { margin: .25rem 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1rem 1.5rem;
  align-items: start; margin: 1rem 0; }
figure { margin: 0; break-inside: avoid; } figure img { max-width: 100%; height: auto; }
figcaption { color: #555; font-size: .9rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .92rem; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #ddd; text-align: right; vertical-align: top; }
td { white-space: nowrap; } td.t { white-space: normal; } tbody th { font-weight: 600; }
th:first-child, .t { text-align: left; } thead th { border-bottom: 2px solid #888; vertical-align: bottom; }
pre { background: #f6f6f6; padding: .8rem; overflow-x: auto; font-size: .85rem; } summary { cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .92rem; } dt { color: #555; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 34rem) { table { font-size: .82rem; } th, td { padding: .25rem .35rem; } ul { padding-left: 1.2rem; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; } }
@media print { details::details-content { content-visibility: visible; } }
"""


def table(frame: pd.DataFrame) -> str:
    """A frame as an HTML table: the first column heads the rows, texts stand left and may wrap. Folded where it is long."""
    words = [" class=t" if any(isinstance(v, str) for v in frame[c]) else "" for c in frame.columns]
    head = "".join(
        f'<th scope="col"{kind}>{_wrapping(in_words(str(c)))}</th>' for c, kind in zip(frame.columns, words, strict=True)
    )
    rows = []
    for values in frame.itertuples(index=False):
        first, *rest = [_wrapping(cell(v)) for v in values]
        cells = "".join(f"<td{kind}>{v}</td>" for v, kind in zip(rest, words[1:], strict=True))
        rows.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    html = f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    return html if len(frame) <= LONG else f"<details><summary>{len(frame)} rows</summary>{html}</details>"


def _wrapping(text: str) -> str:
    """The text, escaped; a name may break after an underscore or after a point between letters."""
    return re.sub(r"(_|(?<=[a-z])\.(?=[a-z]))", r"\1<wbr>", escape(text))


def picture(axes: Axes | np.ndarray, caption: str) -> str:
    """The figure of the given Axes, inlined as PNG, with its caption."""
    first: Any = np.ravel(np.asarray(axes, object))[0]
    out = io.BytesIO()
    first.figure.savefig(out, format="png", dpi=130, metadata={"Software": None})
    data = b64encode(out.getvalue()).decode()
    text = escape(caption)
    return f'<figure><img alt="{text}" src="data:image/png;base64,{data}"><figcaption>{text}</figcaption></figure>'


def bare_name(label: str) -> str:
    """The measure behind a column: `human_gap.minority` -> human_gap."""
    return re.sub(r"[.(].*", "", label)


def nothing_to_measure(series: pd.DataFrame) -> list[str]:
    """One sentence for each measure that had nothing to measure (NaN) at some recorded steps: since when, at how many."""
    sentences = []
    for column in series.select_dtypes("number").columns:
        missing: Any = series.loc[series[column].isna(), "step"]
        if missing.size:
            what = f"{missing.size} of {len(series)} records, first at step {missing.iloc[0]}"
            sentences.append(f"{in_words(column)}: nothing to measure at {what}.")
    return sentences


def changes(series: pd.DataFrame, better: Mapping[str, str] | None = None) -> list[str]:
    """What each measure did, in one sentence per measure: first and last record, and whether that is for the better."""
    sentences = []
    steps = series["step"]
    for column in series.select_dtypes("number").columns:
        known: Any = series[column].dropna()
        if column == "step" or known.empty:
            continue
        first, last = float(known.iloc[0]), float(known.iloc[-1])
        span = float(known.max() - known.min())
        name = in_words(column)
        if abs(last - first) <= 1e-9 + 1e-3 * max(abs(first), abs(last)):
            wide = span > 0.01 * max(abs(first), 1e-9) and span > 1e-3
            between = f", and moved within a range of {in_digits(span, 4)} between" if wide else ""
            sentences.append(f"{name} is the same at the end as at the start, {in_digits(last, 4)}{between}.")
            continue
        direction = (better or {}).get(bare_name(column), "")
        good = {"high": last > first, "low": last < first}.get(direction)
        judged = "" if good is None else (", for the better" if good else ", for the worse")
        since, until = steps[known.index[0]], steps[known.index[-1]]
        start, end = f"{in_digits(first, 4)} at step {since}", f"{in_digits(last, 4)} at step {until}"
        sentences.append(f"{name} {'rose' if last > first else 'fell'} from {start} to {end}{judged}.")
    return sentences + nothing_to_measure(series)


def responses(runs: pd.DataFrame, addresses: Sequence[str], measures: Sequence[str]) -> list[str]:
    """How each measure responds to what was varied, in one sentence per measure: its range over the runs, and correlations.

    runs: one row per run. Named are the addresses (numbers) whose rank correlation with the measure is .2 or more either
    way; it does not show a response that rises and falls again. Spearman (1904), Am. J. Psychol. 15, 72-101.
    """
    sentences = []
    for measure in measures:
        known: Any = runs[runs[measure].notna()][[*addresses, measure]]
        if known.empty:
            continue
        low, high = float(known[measure].min()), float(known[measure].max())
        name = in_words(measure)
        if low == high:
            sentences.append(f"{name} is {in_digits(low, 4)} at the end of every run.")
            continue
        rho = {a: float(known[a].corr(known[measure], method="spearman")) for a in addresses if known[a].nunique() > 1}
        strong = sorted((a for a in rho if abs(rho[a]) >= NOTABLE), key=lambda a: -abs(rho[a]))
        parts = [f"{'rises' if rho[a] > 0 else 'falls'} with {a} (rank correlation {rho[a]:+.2f})" for a in strong]
        way = "" if not rho else "; it " + " and ".join(parts) if parts else "; no address moves it steadily"
        sentences.append(f"{name} at the end: {in_digits(low, 4)} to {in_digits(high, 4)} over the runs{way}.")
    return sentences


def failure_sentences(diagnosis: pd.DataFrame) -> list[str]:
    """The failures that `valuescape diagnose` named, in one sentence each; one sentence where it named none.

    diagnosis: one row per failure and harm: failure, harm, unit, least, effect, low, high, onset, verdict.
    """
    named: Any = diagnosis[diagnosis["verdict"].isin(["failed", "impairs"])] if len(diagnosis) else diagnosis
    if named.empty:
        tested = diagnosis["failure"].nunique() if len(diagnosis) else 0
        return [f"None of the {tested} failure modes that could be tested was found."]
    return [
        f"{in_words(row['failure'])} ({row['verdict']}): {in_words(row['harm'])} is higher by {in_digits(row['effect'], 2)}"
        f" with the cause than without ({in_digits(row['low'], 2)} to {in_digits(row['high'], 2)}; {row['unit']},"
        f" {in_digits(row['least'], 2)} matters), {onset_in_words(row['onset'])}."
        for _, row in named.iterrows()
    ]


def onset_in_words(onset: float) -> str:
    """Since when, of half of the pairs."""
    return f"from step {int(onset)} on" if np.isfinite(onset) else "in most pairs never for good"


def page(
    title: str,
    question: str,
    findings: Sequence[str] = (),
    *,
    figures: Mapping[str, Axes | np.ndarray] | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    failures: Sequence[str] = (),
    scenario: str = "",
    provenance: Mapping[str, Any] | None = None,
) -> str:
    """The page: the question, the findings, figures by caption, failures, tables by heading, scenario, provenance.

    Figures stand side by side where there is room and below one another where there is not; drawn about 4.8 inches wide,
    they can be read on a telephone.
    """
    parts = [f"<h1>{escape(title)}</h1>", f'<p class="lead">{escape(question)}</p>']
    for heading, sentences in (("Findings", findings), ("Failure modes", failures)):
        if sentences:
            items = "".join(f"<li>{re.sub('`([^`]+)`', r'<code>\1</code>', escape(s))}</li>" for s in sentences)
            parts.append(f"<h2>{heading}</h2><ul>{items}</ul>")
    if figures:
        drawn = "".join(picture(axes, caption) for caption, axes in figures.items())
        parts.append(f'<div class="figures">{drawn}</div>')
    parts += [f"<h2>{escape(heading)}</h2>{table(frame)}" for heading, frame in (tables or {}).items()]
    if scenario:
        summary = "<summary>all settings, defaults written out</summary>"
        parts.append(f"<h2>Scenario</h2><details>{summary}<pre>{escape(scenario)}</pre></details>")
    if provenance:
        texts = {k: cell(v) for k, v in provenance.items()}
        entries = "".join(f"<dt>{escape(in_words(k))}</dt><dd>{escape(v)}</dd>" for k, v in texts.items() if v)
        parts.append(f"<h2>Provenance</h2><dl>{entries}</dl>")
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<title>{escape(title)}</title><style>{_STYLE}</style></head>\n'
        f"<body><main>\n{body}\n</main></body></html>\n"
    )
