"""The style sheet of the HTML transcripts: one column on a phone, two on a desk, light and dark."""

from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --ink: #1b1f24; --soft: #59636e; --line: #d8dde3;
  --user: #2f5fd0; --user-ink: #ffffff; --bot: #eceff3; --code: #f0f2f5;
  --passed: #1a7f4b; --failed: #c0262d; --skipped: #8a6100; --error: #8b3fb5;
  --passed-bg: #e3f4ea; --failed-bg: #fbe6e7; --skipped-bg: #f8efd9; --error-bg: #f3e6f9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101317; --card: #191d23; --ink: #e5e9ee; --soft: #9aa5b1; --line: #2c333c;
    --user: #3566d6; --user-ink: #ffffff; --bot: #262c35; --code: #12161b;
    --passed: #5cc98d; --failed: #ff8087; --skipped: #e0b552; --error: #cf9bf0;
    --passed-bg: #16301f; --failed-bg: #3a1a1d; --skipped-bg: #332a13; --error-bg: #2f1d3a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main, header.page { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header.page { padding-top: 2rem; }
h1 { font-size: 1.4rem; margin: 0; }
h1 small { color: var(--soft); font-weight: 400; font-size: 1rem; }
.sum { color: var(--soft); margin: .25rem 0 1rem; }
.bar { display: flex; height: .5rem; border-radius: .25rem; overflow: hidden; gap: 2px; }
.bar i { display: block; }
.bar .passed { background: var(--passed); } .bar .failed { background: var(--failed); }
.bar .skipped { background: var(--skipped); } .bar .error { background: var(--error); }
.filter {
  display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 1.5rem; border: 0; padding: 0;
}
.filter label {
  border: 1px solid var(--line); border-radius: 1rem; padding: .15rem .8rem; cursor: pointer;
  background: var(--card);
}
.filter input { position: absolute; opacity: 0; pointer-events: none; }
.filter label:has(input:checked) { border-color: var(--ink); font-weight: 600; }
.filter label:has(input:focus-visible) { outline: 2px solid var(--user); outline-offset: 2px; }
body:has(#show-passed:checked) .case:not(.passed),
body:has(#show-failed:checked) .case:not(.failed),
body:has(#show-error:checked) .case:not(.error),
body:has(#show-skipped:checked) .case:not(.skipped) { display: none; }
.case {
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  margin: 0 0 1rem; border-left: .3rem solid var(--accent); overflow: hidden;
}
.passed { --accent: var(--passed); --tint: var(--passed-bg); }
.failed { --accent: var(--failed); --tint: var(--failed-bg); }
.skipped { --accent: var(--skipped); --tint: var(--skipped-bg); }
.error { --accent: var(--error); --tint: var(--error-bg); }
.case > summary, .case > .head {
  display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .75rem; padding: .75rem 1rem;
}
summary { cursor: pointer; }
summary:focus-visible { outline: 2px solid var(--user); outline-offset: -2px; }
.name { font-weight: 600; }
.key, .cost { color: var(--soft); }
.cost { margin-left: auto; font-variant-numeric: tabular-nums; }
.badge {
  color: var(--accent); background: var(--tint); border-radius: .4rem; padding: 0 .5rem;
  font-size: .85rem; font-weight: 600;
}
.reason { margin: 0; padding: 0 1rem .75rem; color: var(--accent); overflow-wrap: anywhere; }
.run { border-top: 1px solid var(--line); }
.run > summary { padding: .5rem 1rem; color: var(--soft); }
.turn {
  display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1.25rem;
  padding: 1rem; border-top: 1px solid var(--line);
}
@media (max-width: 48rem) { .turn { grid-template-columns: minmax(0, 1fr); } }
.talk { display: flex; flex-direction: column; gap: .6rem; }
.bubble {
  border-radius: 1rem; padding: .6rem .9rem; max-width: 92%; white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.user { align-self: flex-end; background: var(--user); color: var(--user-ink);
  border-bottom-right-radius: .25rem; }
.bot { align-self: flex-start; background: var(--bot); border-bottom-left-radius: .25rem; }
.none { color: var(--soft); font-style: italic; }
.bubble sup { line-height: 0; }
.bubble sup { font-weight: 600; }
.sources { display: flex; flex-wrap: wrap; gap: .4rem; list-style: none; margin: 0; padding: 0; }
.sources li, .tool > summary, .tool > .head {
  font-size: .85rem; border: 1px solid var(--line); border-radius: .5rem; padding: .05rem .55rem;
  display: inline-block; overflow-wrap: anywhere;
}
.sources q { color: var(--soft); }
.tool { font-size: .85rem; color: var(--soft); }
.tool > summary::before { content: "▸ "; } .tool[open] > summary::before { content: "▾ "; }
.tool code { color: var(--ink); }
pre {
  background: var(--code); border: 1px solid var(--line); border-radius: .5rem; margin: .4rem 0 0;
  padding: .5rem .7rem; white-space: pre-wrap; overflow-wrap: anywhere;
  font: .85rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.verdicts {
  list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: .4rem;
}
.verdicts li {
  border-left: .2rem solid var(--accent); background: var(--tint); border-radius: .3rem;
  padding: .3rem .6rem; overflow-wrap: anywhere;
}
.verdicts b { color: var(--accent); }
.verdicts small { display: block; color: var(--soft); font-size: .85rem; }
.verdicts .failed small { color: var(--ink); }
.took { color: var(--soft); font-size: .85rem; margin: .5rem 0 0; }
footer { color: var(--soft); text-align: center; padding: 1rem 0 2.5rem; font-size: .85rem; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media print { .filter { display: none; } body { background: none; } }
"""
