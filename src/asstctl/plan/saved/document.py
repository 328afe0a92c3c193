"""The document of a saved plan; ``schemas/saved-plan.schema.json``.

It holds everything that a view shows of a plan, so that it can be shown without the account, and
nothing that is sensitive. Programs that read plans find in it what ``plan --format json`` prints,
under the same names; the core reads its own document, never one that a view made.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from asstctl.model.actual import (
    ActualAssistant,
    ActualEnvironment,
    ActualResource,
    ActualStore,
)
from asstctl.model.address import Address, Kind
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import (
    DesiredAssistant,
    DesiredEnvironment,
    DesiredFile,
    DesiredResource,
    DesiredStore,
)
from asstctl.model.environment import EnvironmentSpec
from asstctl.model.file import LocalFile
from asstctl.model.json import JsonObject, JsonValue
from asstctl.model.sensitive import Sensitive
from asstctl.model.stamp import Stamp
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block, Change, Drift, FieldChange, FileChange
from asstctl.plan.plan import Plan
from asstctl.plan.saved.saved_plan import Binding, SavedPlan
from asstctl.plan.scope import PlanOptions
from asstctl.plan.warnings import AccountWarning

FORMAT_VERSION: Final = "1.0"


def to_document(saved: SavedPlan) -> dict[str, JsonValue]:
    """The document, without a seal. Equal plans give equal documents."""
    plan, options = saved.plan, saved.options
    return {
        "format_version": FORMAT_VERSION,
        "project": plan.project,
        "target": plan.target,
        "account": plan.account,
        "commit": plan.commit,
        "managed": plan.managed,
        "changes": [_change(change, plan.sensitive) for change in plan.changes],
        "warnings": [asdict(warning) for warning in plan.warnings],
        "summary": plan.summary.as_json(),
        "options": {
            "prune": options.prune,
            "overwrite_drift": options.overwrite_drift,
            "only": list(options.only),
            "within": None if options.within is None else sorted(map(str, options.within)),
        },
        "binding": asdict(saved.binding),
    }


def from_document(document: Mapping[str, Any]) -> SavedPlan:
    """The plan of a document that fits its schema."""
    options = document["options"]
    within = options["within"]
    return SavedPlan(
        plan=Plan(
            project=document["project"],
            target=document["target"],
            account=document["account"],
            commit=document["commit"],
            managed=document["managed"],
            changes=tuple(_read_change(document["project"], item) for item in document["changes"]),
            warnings=tuple(AccountWarning(**item) for item in document["warnings"]),
        ),
        options=PlanOptions(
            prune=options["prune"],
            overwrite_drift=options["overwrite_drift"],
            only=tuple(options["only"]),
            within=None if within is None else frozenset(map(Address.parse, within)),
        ),
        binding=Binding(**document["binding"]),
    )


def _change(change: Change, sensitive: Sensitive) -> JsonObject:
    return {
        "address": str(change.address),
        "action": str(change.action),
        "reason": change.reason,
        "id": change.id,
        "block": _text(change.block),
        "moved_from": _text(change.moved_from),
        "replaced": change.replaced,
        "desired": _desired(change.desired, sensitive),
        "actual": _actual(change, sensitive),
        "fields": [asdict(field) for field in change.fields],
        "files": [_file(file) for file in change.files],
        "drift": [asdict(drift) for drift in change.drift],
    }


def _read_change(project: str, item: Mapping[str, Any]) -> Change:
    address = Address.parse(item["address"])
    return Change(
        address=address,
        action=Action(item["action"]),
        reason=item["reason"],
        block=Block(item["block"]) if item["block"] else None,
        moved_from=Address.parse(item["moved_from"]) if item["moved_from"] else None,
        replaced=item["replaced"],
        desired=_read_desired(address, item["desired"]) if item["desired"] else None,
        actual=_read_actual(project, address.kind, item["actual"]) if item["actual"] else None,
        fields=tuple(FieldChange(**field) for field in item["fields"]),
        files=tuple(_read_file(file) for file in item["files"]),
        drift=tuple(Drift(**drift) for drift in item["drift"]),
    )


def _file(file: FileChange) -> JsonObject:
    return {
        "action": str(file.action),
        "path": file.path,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "note": file.note,
    }


def _read_file(item: Mapping[str, Any]) -> FileChange:
    return FileChange(
        action=FileAction(item["action"]),
        path=item["path"],
        sha256=item["sha256"],
        bytes=item["bytes"],
        note=item["note"],
    )


def _desired(resource: DesiredResource | None, sensitive: Sensitive) -> JsonObject | None:
    """What a graph shows of a resource that the manifests ask for."""
    if resource is None:
        return None
    return {
        **_spec(resource.spec, sensitive),
        "files": [{"path": file.path, "bytes": file.bytes} for file in resource.files],
    }


def _read_desired(address: Address, item: Mapping[str, Any]) -> DesiredResource:
    files = tuple(LocalFile(file["path"], Path(), file["bytes"]) for file in item["files"])
    if address.kind is Kind.ASSISTANT:
        return DesiredAssistant(key=address.key, spec=_assistant(item), code_files=files)
    if address.kind is Kind.ENVIRONMENT:
        return DesiredEnvironment(key=address.key, spec=_environment(item), environment_files=files)
    store_files = tuple(map(DesiredFile, files))
    return DesiredStore(key=address.key, spec=_store(item), store_files=store_files)


def _actual(change: Change, sensitive: Sensitive) -> JsonObject | None:
    """What views show of an object, and the key under which the account knows it.

    A name that is sensitive by now was sensitive before too: it may be an older secret.
    """
    resource = change.actual
    if resource is None:
        return None
    stamp = resource.stamp
    head: JsonObject = {"id": resource.id, "key": stamp.key, "commit": stamp.commit}
    shown: JsonObject = {**head, **_spec(resource.spec, sensitive)}
    if change.desired is None:
        return shown
    return {**shown, "name": sensitive.beside(resource.spec.name, change.desired.spec.name)}


def _read_actual(project: str, kind: Kind, item: Mapping[str, Any]) -> ActualResource:
    stamp = Stamp(project=project, key=item["key"], commit=item["commit"])
    if kind is Kind.ASSISTANT:
        spec = _assistant(item)
        return ActualAssistant(id=item["id"], spec=spec, stamp=stamp, raw=spec)
    if kind is Kind.ENVIRONMENT:
        environment = _environment(item)
        return ActualEnvironment(id=item["id"], spec=environment, stamp=stamp, raw=environment)
    store = _store(item)
    return ActualStore(id=item["id"], spec=store, stamp=stamp, raw=store)


def _spec(
    spec: AssistantSpec | VectorStoreSpec | EnvironmentSpec, sensitive: Sensitive
) -> JsonObject:
    named = {"name": sensitive.value(spec.name)}
    if not isinstance(spec, AssistantSpec):
        return {**named, "vector_store": None, "environment": None}
    return {**named, "vector_store": spec.vector_store, "environment": spec.environment}


def _assistant(item: Mapping[str, Any]) -> AssistantSpec:
    return AssistantSpec(
        model="",
        name=item["name"],
        vector_store=item["vector_store"],
        environment=item["environment"],
    )


def _environment(item: Mapping[str, Any]) -> EnvironmentSpec:
    return EnvironmentSpec(name=item["name"])


def _store(item: Mapping[str, Any]) -> VectorStoreSpec:
    return VectorStoreSpec(name=item["name"])


def _text(value: object) -> str | None:
    return None if value is None else str(value)
