"""The ``gh`` of a runner: ``pr list`` and ``pr create``, as requests to the GitHub of the tests."""

import json
import os
import sys
import urllib.request
from typing import Any


def main(url: str, *arguments: str) -> None:
    """Do what a workflow asks for, with the token in GH_TOKEN."""
    noun, verb, *rest = arguments
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    wanted = {name.removeprefix("--"): value for name, value in options.items()}
    assert noun == "pr"
    if verb == "list":
        assert wanted.pop("json") == "number"
        assert wanted.pop("jq") == "length"
        found = _call(url, "GET", "&".join(f"{name}={value}" for name, value in wanted.items()))
        print(len(found))
    else:
        assert verb == "create"
        made = _call(url, "POST", "", wanted)
        print(f"https://github.example/pull/{made['number']}")


def _call(url: str, method: str, query: str, body: object = None) -> Any:
    path = f"/repos/{os.environ['GITHUB_REPOSITORY']}/pulls"
    request = urllib.request.Request(
        f"{url}{path}?{query}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {os.environ['GH_TOKEN']}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
