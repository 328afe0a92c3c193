"""The page's only style sheet. Nothing is loaded from anywhere."""

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark; --back: #f6f5f2; --card: #fff; --ink: #1d1f23; --soft: #63676f;
  --line: #dedbd3; --mark: #0b6e5f; --mine: #dff0ec; --warn: #a3430f; --code: #efede7 }
@media (prefers-color-scheme: dark) { :root { --back: #15171a; --card: #1d2024; --ink: #e8e6e1;
  --soft: #9a9ea6; --line: #32363c; --mark: #5fd0bb; --mine: #17352f; --warn: #ffa067;
  --code: #272b30 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
header, main { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem }
header { padding-top: 1.75rem; display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap }
header a { color: inherit; text-decoration: none; font-weight: 650; font-size: 1.05rem }
header a + a { color: var(--mark) }
[hidden] { display: none !important }
main { padding-bottom: 4rem }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1.5rem 0 1.1rem; overflow-wrap: anywhere }
h2 { font-size: 1.05rem; margin: 2.25rem 0 .6rem }
a { color: var(--mark) }
:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px }
.soft, time { color: var(--soft); font-size: .88rem }
.id { font: .82rem ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--soft);
  overflow-wrap: anywhere }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  overflow: hidden }
.card > .row { display: grid; grid-template-columns: minmax(0, 1fr) fit-content(45%);
  gap: .1rem 1rem; padding: .7rem 1rem; border-top: 1px solid var(--line);
  overflow-wrap: anywhere }
.card > .row:first-child { border-top: 0 }
.row .end { text-align: right }
.none { color: var(--soft); padding: .8rem 1rem }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .35rem 1.2rem;
  margin: 0; padding: .9rem 1rem }
dt { color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap }
.chip { display: inline-block; border: 1px solid var(--line); border-radius: 1rem;
  padding: 0 .6rem; font-size: .82rem; margin: 0 .3rem .2rem 0; overflow-wrap: anywhere }
.bad { color: var(--warn) }
.talk { display: flex; flex-direction: column; gap: .8rem }
.turn { max-width: 46rem; border: 1px solid var(--line); border-radius: .9rem;
  padding: .6rem .95rem; background: var(--card); overflow-wrap: anywhere }
.turn.user { align-self: flex-end; background: var(--mine); border-color: transparent }
.turn .text { white-space: pre-wrap }
.turn .who { display: flex; gap: .7rem; justify-content: space-between; margin-bottom: .15rem }
.cite { color: var(--mark); border: 1px solid currentColor; border-radius: .3rem; padding: 0 .3rem;
  margin: 0 .2rem; font-size: .78rem; overflow-wrap: anywhere }
.run { border-left: 3px solid var(--line); padding: .1rem 0 .1rem .8rem; font-size: .88rem;
  color: var(--soft) }
.run { overflow-wrap: anywhere }
.run pre, details pre { background: var(--code); color: var(--ink); border-radius: .4rem;
  padding: .6rem .75rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0;
  font: .82rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
summary { cursor: pointer; overflow-wrap: anywhere }
.entry { display: contents }
.entry img { display: block; max-width: 100%; border-radius: .4rem; margin: .4rem 0 }
.entry pre { max-height: 24rem; overflow: auto }
.source { font-size: .88rem; color: var(--soft); margin-top: .35rem }
input, select, textarea, button { font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: .5rem; padding: .4rem .7rem; min-width: 0 }
textarea { display: block; width: 100%; resize: vertical; overflow-wrap: anywhere }
button { cursor: pointer }
button:disabled { opacity: .5; cursor: default }
button.link { border: 0; padding: 0; background: none; color: var(--mark);
  text-decoration: underline; overflow-wrap: anywhere }
fieldset { border: 0; padding: 0; margin: 0 0 .6rem; min-width: 0 }
legend { padding: 0; overflow-wrap: anywhere }
.bar { display: flex; flex-wrap: wrap; gap: .5rem .7rem; align-items: center; margin: 0 0 1.2rem }
.bar select { flex: 1 1 14rem }
.bar p { flex-basis: 100%; margin: 0 }
.ask { position: sticky; bottom: 0; background: var(--back); padding: .6rem 0 .9rem }
.ask textarea { margin: .3rem 0 .5rem }
.ask button { margin-right: .5rem }
#send { background: var(--mark); border-color: var(--mark); color: var(--back) }
#outputs { margin: .8rem 0 }
#state { min-height: 1.55em; margin: .6rem 0 0; overflow-wrap: anywhere }
@media (max-width: 34rem) { .card > .row { grid-template-columns: 1fr }
  .row .end { text-align: left } dl { grid-template-columns: 1fr } .turn { max-width: 100% } }
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


def _headers(allowed: str = "") -> dict[str, str]:
    return {
        "content-security-policy": (
            f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; "
            f"form-action 'none'; frame-ancestors 'none'{allowed}"
        ),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }


HEADERS = _headers()
"""No scripts, no pictures, no requests: only the style sheet above."""

# Text never becomes markup: with trusted types, even `innerHTML` would refuse it.
SCRIPTED = _headers(
    "; script-src 'self'; connect-src 'self'; img-src blob:; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""For the page with the account's own script, which asks the account and shows images it gives."""
