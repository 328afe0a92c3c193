"""One repetition of a case: a conversation, its turns one after the other, and their verdicts."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar, cast

from asstctl.model.file import LocalFile
from asstctl.model.smoke import Attachment, ExpectationKind, SmokeCase, Turn
from asstctl.smoke.cleanup import Cleanup
from asstctl.smoke.expectations.kinds import Evidence, is_expected, judge_turn, names_path
from asstctl.smoke.functions import Functions
from asstctl.smoke.judges.checks import ASKING_PROGRAM, CheckError, check_all
from asstctl.smoke.judges.judge import Opinion, Rubric, question, read_opinion, run_options
from asstctl.smoke.judges.likeness import ASKING_EMBEDDINGS, Likeness, similarity
from asstctl.smoke.masking import MaskedStream, masked_turn
from asstctl.smoke.observer import CaseRef, SmokeObserver
from asstctl.smoke.options import SmokeOptions
from asstctl.smoke.ports import (
    NO_USAGE,
    Attached,
    ConversationMessage,
    ConversationStart,
    FunctionCall,
    Place,
    Reply,
    Run,
    SmokeAccount,
    ToolCall,
)
from asstctl.smoke.result import CaseStatus, ConversationResult, Gap, TurnResult, outcome_of
from asstctl.smoke.run import DEADLINE, Ended, RunFollower
from asstctl.smoke.text import quoted
from asstctl.smoke.turn_document import document_of
from asstctl.sync.ports import AccountError, Failure

T = TypeVar("T")
U = TypeVar("U")

_ABOUT_TOOLS: Final = frozenset({ExpectationKind.USES, ExpectationKind.COMMAND})
"""Expectations that look at the tools that ran."""


class JudgeError(Exception):
    """The judge gave no grade; the message says what it did instead. Never leaves this module."""


@dataclass(slots=True, kw_only=True)
class Conversation:
    """One conversation of a case with one assistant, of this ``model``, on a ``target``.

    ``store_ids`` gives the account's id for each vector store key of the project, ``vector_store``
    is the key of the store that the assistant searches. ``paths`` grows with every upload: from
    the account's file id to the project's path. ``step`` names what is being done, for errors.
    """

    account: SmokeAccount
    assistant_id: str
    case: SmokeCase
    ref: CaseRef
    options: SmokeOptions
    store_ids: Mapping[str, str]
    observer: SmokeObserver
    model: str = ""
    target: str = ""
    vector_store: str | None = None
    same_content: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    cleanup: Cleanup = field(init=False)
    turns: list[TurnResult] = field(default_factory=list)
    step: str = "opening the conversation"

    def __post_init__(self) -> None:
        self.cleanup = Cleanup(
            account=self.account,
            case=self.ref,
            observer=self.observer,
            kept_stores=frozenset(self.store_ids.values()),
        )

    async def hold(self) -> ConversationResult:
        """Take the turns and judge them. ``clean_up`` is to follow, whatever comes of this.

        Failed requests end up in the result with status ``error``; nothing else is raised than
        the cancellation itself.
        """
        status, reason = await self._outcome()
        return ConversationResult(
            number=self.ref.number,
            status=status,
            reason=self.options.sensitive.text(reason),
            turns=tuple(masked_turn(turn, self.options.sensitive) for turn in self.turns),
        )

    async def clean_up(self) -> tuple[Place, ...]:
        """Delete what the conversation made, also when cancelled meanwhile. What remains."""
        return await self.cleanup.to_its_end(keep=self.options.keep_threads)

    async def _outcome(self) -> tuple[CaseStatus, str]:
        try:
            await self._talk()
        except AccountError as error:
            return CaseStatus.ERROR, f"{self.step}: {advised(error)}"
        except (JudgeError, CheckError) as error:
            return CaseStatus.ERROR, f"{self.step}: {error}"
        return outcome_of(self.turns, planned=len(self.case.turns))

    async def _talk(self) -> None:
        """Take the turns, up to the first whose run ends in a status that it does not expect."""
        conversation = await self._open()
        for turn in self.case.turns:
            await self._take_turn(conversation, turn)
            if not is_expected(self.turns[-1].status, turn.expect):
                return

    async def _open(self) -> str:
        opening = self.case.thread
        messages = [
            ConversationMessage(
                message.role, message.content, await self._uploaded(message.attachments)
            )
            for message in opening.messages
        ]
        code_files = [await self._upload(file) for file in opening.code_files]
        start = ConversationStart(
            messages=tuple(messages),
            code_files=tuple(code_files),
            vector_store=self._store_id(),
            label=str(self.ref),
        )
        opened = self.account.open_conversation(start)
        return await self.cleanup.track(self.cleanup.conversations, opened)

    async def _upload(self, file: LocalFile) -> str:
        upload = self.account.upload(file)
        file_id = await self.cleanup.track(self.cleanup.uploads, upload)
        self.paths[file_id] = file.path
        return file_id

    def _store_id(self) -> str | None:
        key = self.case.thread.vector_store
        if key is None:
            return None
        if key not in self.store_ids:
            raise AccountError(
                f"the vector store {key!r} is not in the account", failure=Failure.MISSING
            )
        return self.store_ids[key]

    async def _uploaded(self, attachments: tuple[Attachment, ...]) -> tuple[Attached, ...]:
        attached: list[Attached] = []
        for attachment in attachments:
            attached.append(Attached(await self._upload(attachment.file), attachment.tools))
            if "file_search" in attachment.tools:
                self.cleanup.has_scratch_stores = True
        return tuple(attached)

    async def _take_turn(self, conversation: str, turn: Turn) -> None:
        """Take a turn and judge it. It counts as taken also when judging goes wrong."""
        ended = await self._run_turn(conversation, turn)
        self.step = "reading the reply"
        evidence = await self._evidence(turn, ended)
        try:
            if is_expected(evidence.status, turn.expect):
                for ask in (self._asked_judge, self._asked_embeddings, self._asked_programs):
                    evidence = await ask(turn, evidence)
        except (AccountError, JudgeError, CheckError):
            self.turns.append(await self._judged(turn, ended, evidence))
            raise
        self.turns.append(await self._judged(turn, ended, evidence))

    async def _judged(self, turn: Turn, ended: Ended, evidence: Evidence) -> TurnResult:
        return TurnResult(
            prompt=turn.prompt,
            status=ended.status,
            reason=ended.reason,
            reply=evidence.reply,
            refused=evidence.refused,
            citations=evidence.citations,
            tool_calls=_as_tools(ended.calls) if evidence.tools is None else evidence.tools,
            calls=evidence.calls,
            opinions=evidence.opinions,
            similarities=evidence.similarities,
            gaps=_gaps(turn, evidence),
            # Other conversations go on meanwhile: an expression may take its time.
            verdicts=await asyncio.to_thread(judge_turn, turn.expect, evidence),
            seconds=ended.seconds,
            usage=evidence.usage or NO_USAGE,
            cost=evidence.cost,
        )

    async def _run_turn(self, conversation: str, turn: Turn) -> Ended:
        """Post the prompt and follow its run to the end."""
        self.step = "posting the prompt"
        attachments = await self._uploaded(turn.attachments)
        prompt = ConversationMessage("user", turn.prompt, attachments)
        await self.account.add_message(conversation, prompt)
        self.step = "running the assistant"
        stream = MaskedStream(self.options.sensitive, partial(self.observer.on_token, self.ref))
        follower = self._follower(self._limit(turn), stream if self.options.stream else None)
        ended = await follower.follow(conversation, self.assistant_id, self.case.run)
        if self.options.stream:
            stream.finish()
            self.observer.on_reply_finished(self.ref)
        # A run that waits for an output that the case does not have would lock the conversation.
        await follower.stop()
        return ended

    async def _evidence(self, turn: Turn, ended: Ended) -> Evidence:
        """What the account tells of a turn: the run and its reply."""
        reply, tools = await self._read(turn, ended)
        if _asks_for_paths(turn):
            reply = await self._located(reply)
        return Evidence(
            status=ended.status,
            reason=ended.reason,
            reply=reply.text,
            refused=reply.refused,
            citations=reply.citations,
            calls=ended.calls,
            tools=tools,
            seconds=ended.seconds,
            usage=await self.account.usage(ended.run) if ended.run else None,
            model=self.case.model(self.model),
            prices=self.options.prices,
            sensitive=self.options.sensitive,
        )

    def _follower(
        self, limit: float, stream: MaskedStream | None = None, *, judges: bool = False
    ) -> RunFollower:
        follower = RunFollower(
            account=self.account,
            functions=Functions(
                outputs={} if judges else self.case.functions,
                allow_commands=self.options.allow_commands,
                directory=self.options.directory,
                withheld=self.options.withheld,
                sensitive=self.options.sensitive,
            ),
            limit=limit,
            on_token=stream.add if stream else None,
        )
        self.cleanup.runs.append(follower)
        return follower

    def _limit(self, turn: Turn) -> float:
        """The run's deadline: what the turn allows it, or the general one."""
        limits = [
            float(item.expected)
            for item in turn.expect
            if item.kind is ExpectationKind.MAX_SECONDS
            and not item.negated
            and isinstance(item.expected, int | float)
        ]
        return min(limits, default=self.options.deadline)

    async def _read(self, turn: Turn, ended: Ended) -> tuple[Reply, tuple[ToolCall, ...] | None]:
        """The reply of the run and the tools that ran. After a bad end, what can still be read."""
        if ended.run is None or ended.status == DEADLINE:
            return Reply(), _as_tools(ended.calls)
        try:
            reply, tools = await _both(
                self.account.reply(ended.run), self._tool_calls(turn, ended.run)
            )
        except AccountError:
            if ended.status == "completed":
                raise
            return Reply(), _as_tools(ended.calls)
        if tools is not None and not any(tool.type == "function" for tool in tools):
            tools = (*tools, *_as_tools(ended.calls))
        return reply, tools

    async def _tool_calls(self, turn: Turn, run: Run) -> tuple[ToolCall, ...] | None:
        """The tools that ran. A run that says it had none is believed where nothing hangs on it."""
        if run.has_tools or any(item.kind in _ABOUT_TOOLS for item in turn.expect):
            return await self.account.tool_calls(run)
        return ()

    async def _located(self, reply: Reply) -> Reply:
        """The reply with the paths of the cited files, as far as they are known."""
        citations = [
            replace(item, paths=await self._paths_of(item.file_id)) for item in reply.citations
        ]
        return replace(reply, citations=tuple(citations))

    async def _paths_of(self, file_id: str) -> tuple[str, ...]:
        path = self.paths.get(file_id, "")
        for key in (self.vector_store, self.case.thread.vector_store):
            if not path and key is not None and key in self.store_ids:
                path = await self.account.stored_path(self.store_ids[key], file_id)
        return self.same_content.get(path, (path,)) if path else ()

    # --- the evidence, with what others say of it ------------------------------------------------

    async def _asked_judge(self, turn: Turn, evidence: Evidence) -> Evidence:
        rubrics = dict.fromkeys(
            rubric
            for item in turn.expect
            if item.kind is ExpectationKind.JUDGE
            for rubric in Rubric.all_of(item.expected)
        )
        opinions = {item: await self._opinion(item, turn, evidence.reply) for item in rubrics}
        return replace(evidence, opinions=opinions)

    async def _asked_embeddings(self, turn: Turn, evidence: Evidence) -> Evidence:
        self.step = ASKING_EMBEDDINGS
        wanted = dict.fromkeys(
            Likeness.of(item.expected)
            for item in turn.expect
            if item.kind is ExpectationKind.SIMILAR
        )
        embed, model, reply = self.account.embed, self.options.embeddings, evidence.reply
        found = {item: await similarity(embed, item, reply, model) for item in wanted}
        return replace(evidence, similarities=found)

    async def _asked_programs(self, turn: Turn, evidence: Evidence) -> Evidence:
        self.step = ASKING_PROGRAM
        before = [pair for past in self.turns for pair in past.said]
        told = document_of(self.ref, self.target, before, turn.prompt, evidence)
        return replace(evidence, checks=await check_all(turn.expect, told, self.options))

    async def _opinion(self, rubric: Rubric, turn: Turn, reply: str) -> Opinion:
        self.step = "asking the judge"
        before = [pair for past in self.turns for pair in past.said]
        message = question(rubric, (*before, ("user", turn.prompt)), reply)
        opened = self.account.open_conversation(ConversationStart(label=f"{self.ref} · judge"))
        conversation = await self.cleanup.track(self.cleanup.judges, opened)
        await self.account.add_message(conversation, ConversationMessage("user", message))
        follower = self._follower(self.options.deadline, judges=True)
        ended = await follower.follow(conversation, self.assistant_id, run_options(rubric))
        if ended.run is None or ended.status != "completed":
            raise JudgeError(f"its run did not complete: {ended.reason}")
        answer = await self.account.reply(ended.run)
        opinion = read_opinion(answer.text)
        if opinion is None:
            said = quoted(self.options.sensitive.text(answer.text))
            raise JudgeError(f"no grade can be read from {said}")
        return opinion


async def _both(one: Coroutine[Any, Any, T], other: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """Await two requests at a time; both have ended when this raises what one of them has."""
    outcomes = await asyncio.gather(one, other, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return cast("tuple[T, U]", tuple(outcomes))


def _asks_for_paths(turn: Turn) -> bool:
    """Whether it takes the paths of the cited files to judge this, or to tell a program all."""
    return any(item.kind is ExpectationKind.COMMAND or names_path(item) for item in turn.expect)


def _gaps(turn: Turn, evidence: Evidence) -> frozenset[Gap]:
    """What was not to be had. What is masked adds to it (``masked_turn``)."""
    gaps = {
        Gap.USAGE: evidence.usage is None,
        Gap.TOOLS: evidence.tools is None,
        Gap.PATHS: evidence.citations and not _asks_for_paths(turn),
    }
    return frozenset(gap for gap, is_there in gaps.items() if is_there)


def _as_tools(calls: tuple[FunctionCall, ...]) -> tuple[ToolCall, ...]:
    return tuple(ToolCall("function", call.name, call.arguments) for call in calls)


def advised(error: AccountError) -> str:
    """What happened and what to do about it: the only place of a case that has room for both."""
    told = error.one_line
    return f"{told.rstrip('.')}. {error.fix}" if error.fix else told
