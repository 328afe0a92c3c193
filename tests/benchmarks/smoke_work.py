"""The same prompts for two tools: a project of asstctl, and a configuration of promptfoo."""

import heapq
import json
from pathlib import Path
from typing import Final

PARALLELISM: Final = 8
_MANIFEST: Final = """\
kind: assistant
key: guide
model: gpt-4o
smoke:
"""
_CASE: Final = """\
  - name: case {i}
    prompt: {prompt}
    expect: {{contains: Hello}}
"""
_PROJECT: Final = """\
project: bench
target: served
targets:
  served:
    {{api: assistants, base_url: "{url}", api_key: "${{env.BENCH_KEY}}", parallelism: {many}}}
"""
_SECONDS: Final = (0.3, 0.9, 1.5, 0.6, 1.2)
"""What runs take, in turn: no tool's pauses between two looks fit all of them."""


def prompt_of(case: int) -> str:
    """The prompt of a case; it tells the server how long the run is to take."""
    return f"Think for {_SECONDS[case % len(_SECONDS)]} s"


def seconds_of(prompt: str) -> float:
    """How long the run of a prompt takes."""
    return float(prompt.split()[2])


def model_seconds(cases: int) -> float:
    """What the runs alone take, when as many go on as may and one begins as another ends."""
    ends = [0.0] * PARALLELISM
    for case in range(cases):
        heapq.heapreplace(ends, ends[0] + seconds_of(prompt_of(case)))
    return max(ends)


def write_asstctl(folder: Path, url: str, cases: int) -> None:
    """A project with one assistant."""
    folder.mkdir(exist_ok=True)
    settings = _PROJECT.format(url=url, many=PARALLELISM)
    (folder / "asstctl.yaml").write_text(settings, encoding="utf-8")
    (folder / "assistants").mkdir(exist_ok=True)
    listed = "".join(_CASE.format(i=i, prompt=prompt_of(i)) for i in range(cases))
    (folder / "assistants/guide.yaml").write_text(_MANIFEST + listed, encoding="utf-8")


def write_promptfoo(folder: Path, url: str, assistant_id: str, cases: int) -> None:
    """A configuration for an assistant that exists."""
    folder.mkdir(exist_ok=True)
    contains = [{"type": "contains", "value": "Hello"}]
    config = {
        "providers": [
            {
                "id": f"openai:assistant:{assistant_id}",
                "config": {"apiBaseUrl": url, "apiKey": "any-key"},
            }
        ],
        "prompts": ["{{prompt}}"],
        "tests": [
            {"vars": {"prompt": prompt_of(i)}, "assert": contains, "description": f"case {i}"}
            for i in range(cases)
        ],
    }
    (folder / "promptfooconfig.json").write_text(json.dumps(config), encoding="utf-8")
