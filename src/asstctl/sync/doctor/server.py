"""The key, and what a server tells of itself: its APIs, and when its models end."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from asstctl.model.dialect import Api
from asstctl.sync.doctor.check import Check, Needs, Server, Spoken, Verdict, skipped
from asstctl.sync.ports import Failure
from asstctl.text import words

_SOON: Final = 90
"""Days before its end in which a model is warned of."""


def check_key(spoken: Spoken, needs: Needs) -> Check:
    """Whether the server takes the key, as the target's own API tells."""
    error = spoken.error
    if error is not None and error.failure is Failure.UNAUTHORIZED:
        fix = error.fix if needs.has_key else "Set the target's `api_key` to ${env.NAME}."
        return Check("key", Verdict.FAILED, error.one_line, fix)
    if error is not None and error.status is None:
        return skipped("key", "the account does not answer")
    if not spoken.answers:
        return Check("key", Verdict.OK, "not refused")
    accepted = "accepted" if needs.has_key else "none is set, and none is asked for"
    return Check("key", Verdict.OK, accepted)


def check_apis(server: Server, wanted: Api) -> Check:
    """Which APIs the server speaks, and which kind of target that makes it."""
    found = "; ".join(_told(server.apis))
    use = server.fitting(wanted)
    if use is wanted:
        return Check("APIs", Verdict.OK, f"{found}; this target speaks {use}")
    if use is not None:
        return Check("APIs", Verdict.FAILED, found, f"Write `api: {use}` in the target.")
    if any(spoken.answers is None for spoken in server.apis):
        fix = "Ask again when the account answers; until then nobody can tell which `api` fits."
        return Check("APIs", Verdict.WARNING, found, fix)
    fix = "Check `base_url`: there is nothing here that asstctl speaks. Most servers want `/v1`."
    return Check("APIs", Verdict.FAILED, found, fix)


def check_models(server: Server, models: Iterable[str], today: date) -> Check:
    """Whether the server is about to shut down a model that the manifests use."""
    used = tuple(dict.fromkeys(models))
    if not used:
        return skipped("models", "no manifest names one")
    if server.models is None:
        return skipped("models", "the account does not list them")
    ends = {model: day for model in used if (day := server.models.get(model)) is not None}
    soon = {model: day for model, day in ends.items() if (day - today).days <= _SOON}
    if not soon:
        return Check("models", Verdict.OK, _no_end_near(used, ends))
    told = [
        f"{model} {'was' if day < today else 'is'} shut down on {day.isoformat()}"
        for model, day in sorted(soon.items(), key=lambda item: item[1])
    ]
    fix = "Name another model in the manifests, and let `smoke` judge its answers."
    return Check("models", Verdict.WARNING, "; ".join(told), fix)


def _told(apis: Iterable[Spoken]) -> list[str]:
    """``responses and agents answer``, ``assistants does not: HTTP 404``."""
    apis = tuple(apis)
    answering = [spoken.api for spoken in apis if spoken.answers]
    told = [f"{words.listed(answering)} {'answers' if len(answering) == 1 else 'answer'}"]
    for outcome, word in ((False, "not here"), (None, "unclear")):
        by_reason: dict[str, list[str]] = {}
        for spoken in apis:
            if spoken.answers is outcome:
                by_reason.setdefault(spoken.found, []).append(spoken.api)
        told += [f"{words.listed(some)} {word} ({why})" for why, some in by_reason.items()]
    return told if answering else told[1:]


def _no_end_near(used: tuple[str, ...], ends: dict[str, date]) -> str:
    if not ends:
        return f"the account names no end of {words.some(used)}"
    model, day = min(ends.items(), key=lambda item: item[1])
    return f"none ends within {_SOON} days; {model} on {day.isoformat()}"
