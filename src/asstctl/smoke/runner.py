"""Runs cases concurrently and collects their results."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from asstctl.model.smoke import SmokeCase
from asstctl.smoke.conversation import Conversation
from asstctl.smoke.observer import SILENT, CaseRef, SmokeObserver
from asstctl.smoke.options import SmokeOptions, Subject
from asstctl.smoke.ports import SmokeAccount
from asstctl.smoke.result import (
    CaseResult,
    CaseStatus,
    ConversationResult,
    SmokeResult,
    best_of,
)

_NOT_BEGUN = "not run: another case failed before it (--fail-fast)"

__all__ = ["SmokeOptions", "Subject", "run_smoke"]


async def run_smoke(
    account: SmokeAccount,
    subjects: Sequence[Subject],
    *,
    target: str,
    options: SmokeOptions,
    store_ids: Mapping[str, str] | None = None,
    observer: SmokeObserver = SILENT,
) -> SmokeResult:
    """Run every case of every subject against the account.

    ``store_ids`` gives the account's id for each vector store key of the project. Requests that
    fail end up in the result, not as exceptions. When cancelled, every conversation still cleans
    up before this returns. At most ``options.parallelism`` conversations are held at a time.
    """
    clock = asyncio.get_running_loop().time
    started = clock()
    runner = _Runner(
        account=account,
        target=target,
        options=options,
        store_ids=store_ids or {},
        observer=observer,
        slots=asyncio.Semaphore(options.parallelism),
        offline=await _offline_reason(account, subjects, target),
    )
    chosen = [(subject, case) for subject in subjects for case in subject.cases]
    observer.on_started(sum(runner.repetitions(case) for _, case in chosen))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(runner.run_case(*pair)) for pair in chosen]
    cases = tuple(task.result() for task in tasks)
    return SmokeResult(target=target, cases=cases, seconds=clock() - started)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runner:
    account: SmokeAccount
    target: str
    options: SmokeOptions
    store_ids: Mapping[str, str]
    observer: SmokeObserver
    slots: asyncio.Semaphore
    offline: str | None
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a case has failed, or cannot pass any more."""

    def repetitions(self, case: SmokeCase) -> int:
        """How many conversations the case takes; none when it is skipped."""
        return 0 if self._skip_reason(case) else self.options.repeat or case.repeat

    async def run_case(self, subject: Subject, case: SmokeCase) -> CaseResult:
        blank = CaseResult.of(case, subject.key, self.target, self.options.sensitive)
        if reason := self._skip_reason(case):
            return replace(blank, reason=reason)
        total = self.repetitions(case)
        refs = [CaseRef(subject.key, blank.name, number + 1, total) for number in range(total)]
        so_far: list[CaseStatus] = []
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._converse(subject, case, ref, so_far)) for ref in refs]
        results = [task.result() for task in tasks]
        held = tuple(item for item in results if item is not None)
        if len(held) < total:
            return replace(blank, reason=_NOT_BEGUN, conversations=held)
        return blank.after(held)

    async def _converse(
        self, subject: Subject, case: SmokeCase, ref: CaseRef, so_far: list[CaseStatus]
    ) -> ConversationResult | None:
        """One conversation, whose status goes to the others ``so_far``; None: it was not begun.

        Its slot is free before it is cleaned up: deleting takes nothing of the assistant's time.
        """
        conversation = Conversation(
            account=self.account,
            assistant_id=subject.assistant_id,
            model=subject.model,
            target=self.target,
            vector_store=subject.vector_store,
            same_content=subject.same_content,
            case=case,
            ref=ref,
            options=self.options,
            store_ids=self.store_ids,
            observer=self.observer,
        )
        try:
            async with self.slots:
                if self.options.fail_fast and self.failed.is_set():
                    return None
                result = await self._held(conversation)
                so_far.append(result.status)
                if not best_of(so_far, ref.total, case.require).is_good:
                    self.failed.set()  # before the slot is free, and others begin
        finally:
            # An interrupt may come just now, when all is said and nothing is deleted yet.
            retained = await conversation.clean_up()
        return replace(result, retained=retained)

    async def _held(self, conversation: Conversation) -> ConversationResult:
        self.observer.on_case_started(conversation.ref)
        status = None
        try:
            result = await conversation.hold()
            status = result.status
        finally:
            self.observer.on_conversation_finished(conversation.ref, status)
        return result

    def _skip_reason(self, case: SmokeCase) -> str:
        if not case.is_for(self.target):
            return case.elsewhere
        if self.offline and case.is_beyond_wiring:
            return self.offline
        return ""


async def _offline_reason(
    account: SmokeAccount, subjects: Sequence[Subject], target: str
) -> str | None:
    """Ask the account only when the answer matters to some case."""
    cases = [case for subject in subjects for case in subject.cases]
    if any(case.is_beyond_wiring and case.is_for(target) for case in cases):
        return await account.offline_reason()
    return None
