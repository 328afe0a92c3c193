"""The settings of an assistant and its hosted tools as a manifest says them: defaults left out."""

from collections.abc import Mapping
from typing import Final

from asstctl.manifest.values import Fields, Plain
from asstctl.manifest.writing.draft import Draft, plain
from asstctl.model.assistant import AssistantSpec, HostedTool, Tool, tool_name
from asstctl.model.canonical import canonical_assistant
from asstctl.model.dialect import Dialect
from asstctl.model.json import is_same

_SAMPLING: Final = ("temperature", "top_p")
_OTHERS: Final = ("service_tier", "multi_agent", "compaction", "experimental")


def put_settings(draft: Draft, spec: AssistantSpec, form: Plain) -> None:
    """Say how an assistant answers. ``form`` is its response format, as a manifest may hold it."""
    said = canonical_assistant(spec)
    for name in _SAMPLING:
        draft.put(name, getattr(spec, name) if name in said else None)
    text: Fields = {"verbosity": spec.verbosity} if "text.verbosity" in said else {}
    if "response_format" in said:
        flat = _without_name(form)
        text |= {"format": flat} if flat else {}
        draft.put("response_format", None if flat else form)
    if spec.reasoning_summary:
        effort: Fields = {"effort": spec.reasoning_effort} if spec.reasoning_effort else {}
        draft.put("reasoning", {**effort, "summary": spec.reasoning_summary})
    else:
        draft.put("reasoning_effort", spec.reasoning_effort)
    draft.put("text", text)
    for name in _OTHERS:
        draft.put(name, plain(said.get(name)))


def _without_name(form: Plain) -> Fields:
    """A format of an API that keeps no name of it, which only ``text.format`` can say."""
    answer = form.get("json_schema") if isinstance(form, dict) else None
    if isinstance(form, dict) and isinstance(answer, dict) and "name" not in answer:
        return {"type": form.get("type"), **answer}
    return {}


def hosted(draft: Draft, dialect: Dialect, tool: HostedTool) -> Fields:
    """A tool in the API's own words. Of a secret that it needs, a comment says where to name it."""
    known = dialect.tools.get(tool.type)
    defaults = known.defaults if known else {}
    options = {
        name: plain(value)
        for name, value in tool.options.items()
        if value not in (None, {}, [])
        and not any(is_same(value, default) for default in defaults.get(name, ()))
    }
    for need in tool.needs:
        line = f"Not here: {need} of {tool.label or tool.type}, a secret. Name it as ${{env.NAME}}."
        draft.comments.setdefault(tool.type, []).append(line)
    return {"type": tool.type, **options}


def is_whole(draft: Draft, dialect: Dialect, tool: Tool, value: Fields) -> bool:
    """Whether a tool says what its API needs of it; otherwise a remark says what it lacks."""
    known = dialect.tools.get(str(value["type"]))
    inner = value.get("function")
    missing = known.missing(inner if isinstance(inner, Mapping) else value) if known else ()
    for group in missing:
        draft.remarks.append(f"{tool_name(tool)}: it has no {' or '.join(group)}.")
    return not missing
