"""An account in PostgreSQL: what its server may do to it, and that it finds what SQLite finds."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asstctl.emulator import Account, open_account
from asstctl.emulator.search import search_environment
from asstctl.emulator.store import vectors as stores
from asstctl.emulator.store.collections import ENVIRONMENTS
from asstctl.emulator.store.connect import connect
from asstctl.emulator.store.database import Database, UnreachableError
from asstctl.emulator.store.embeddings import missing
from asstctl.emulator.store.environments import put_file
from asstctl.emulator.store.indexing import Embedded, Job, add_passages
from asstctl.emulator.store.postgres.vectors import PostgresVectors
from asstctl.emulator.vector import pack
from asstctl.errors import AsstctlError
from emulator.conftest import on_both_databases, sdk
from real_command import COMMAND, clean_environment

SECRET = "hidden-in-url-1"


@contextmanager
def admin(database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def end_all(connection: psycopg.Connection[Any]) -> None:
    """End every other connection to this database, as a restart of the server does."""
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (r"@\g<0>:1/x", "cannot open the account in postgresql://127.0.0.1:1/x"),
        ("no_such_database", 'database "no_such_database" does not exist'),
    ],
)
def test_what_cannot_be_reached_is_told_without_the_password(
    postgres: str, changed: str, told: str
) -> None:
    server = postgres.rpartition("/")[0]
    host = server.rpartition("@")[2].partition(":")[0]
    url = f"postgresql://me:{SECRET}@{host}:1/x" if "@" in changed else f"{server}/{changed}"
    with pytest.raises(AsstctlError) as failed:
        connect(url)
    said = f"{failed.value} {failed.value.why}"
    assert told in said
    assert SECRET not in said
    assert "\n" not in said


async def test_a_server_without_room_for_another_process_is_told(postgres: str) -> None:
    connect(postgres).close()
    with admin(postgres) as connection:
        connection.execute("CREATE ROLE few LOGIN CONNECTION LIMIT 2")
        try:
            connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO few")
            with pytest.raises(AsstctlError, match="cannot open the account") as failed:
                async with open_account(f"postgresql://few@{postgres.rpartition('@')[2]}"):
                    pass
        finally:
            connection.execute("DROP OWNED BY few; DROP ROLE few")
    assert 'too many connections for role "few"' in failed.value.why


@pytest.mark.parametrize(
    "url", [f"postgresql://me:{SECRET}@[::1/x", f"postgresql://me:a/{SECRET}@h/x"]
)
def test_an_address_that_is_none_is_not_quoted(url: str) -> None:
    with pytest.raises(AsstctlError) as failed:
        connect(url)
    assert "cannot be read" in str(failed.value)
    assert SECRET not in f"{failed.value} {failed.value.why} {failed.value.fix}"


def test_the_database_of_another_program_is_left_alone(postgres: str) -> None:
    with admin(postgres) as connection:
        connection.execute("CREATE SCHEMA diary; CREATE TABLE diary.entries (text text)")
        try:
            with pytest.raises(AsstctlError, match="is a database, but not an account"):
                connect(f"{postgres}?options=-csearch_path%3Ddiary")
            assert connection.execute("SELECT count(*) FROM diary.entries").fetchone() == (0,)
        finally:
            connection.execute("DROP SCHEMA diary CASCADE")


def test_a_newer_account_is_refused(postgres: str) -> None:
    connect(postgres).close()
    with admin(postgres) as connection:
        connection.execute("UPDATE asstctl_format SET version = version + 99")
        try:
            with pytest.raises(AsstctlError, match="written by a newer asstctl"):
                connect(postgres)
        finally:
            connection.execute("UPDATE asstctl_format SET version = version - 99")


def test_a_database_that_cannot_be_written_is_told_at_once(postgres: str) -> None:
    connect(postgres).close()
    with pytest.raises(AsstctlError, match="cannot write the account in postgresql://") as failed:
        connect(f"{postgres}?options=-cdefault_transaction_read_only%3Don")
    assert failed.value.why == "the database is read-only."


async def test_a_full_disk_is_told_and_nothing_is_half_written(postgres: str) -> None:
    full = "RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'"
    async with open_account(postgres) as account, sdk(account) as client:
        with admin(postgres) as connection:
            connection.execute(
                f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {full}; END $$; CREATE TRIGGER full_disk BEFORE INSERT ON messages "
                f"FOR EACH ROW EXECUTE FUNCTION full_disk()"
            )
            try:
                with pytest.raises(openai.InternalServerError) as failed:
                    await client.beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
            finally:
                connection.execute("DROP FUNCTION full_disk CASCADE")
        assert failed.value.status_code == 507
        assert "the disk of the database is full" in str(failed.value)
        assert account.database.rows("SELECT * FROM threads") == []
        made = await client.beta.threads.create(messages=[{"role": "user", "content": "Hi"}])
        assert len((await client.beta.threads.messages.list(made.id)).data) == 1


async def test_it_goes_on_when_the_server_has_closed_its_connections(postgres: str) -> None:
    async with open_account(postgres) as account, sdk(account) as client:
        made = await client.beta.assistants.create(model="gpt-4o")
        with admin(postgres) as connection:
            end_all(connection)
            assert (await client.beta.assistants.retrieve(made.id)).id == made.id
            end_all(connection)
            await client.beta.assistants.update(made.id, name="renamed")
            with pytest.raises(UnreachableError):
                _write_across_a_restart(account.database, connection)
        assert (await client.beta.assistants.retrieve(made.id)).name == "renamed"


async def test_it_goes_on_when_a_newer_version_has_changed_a_table(postgres: str) -> None:
    async with open_account(postgres) as account, sdk(account) as client:
        made = await client.beta.assistants.create(model="gpt-4o")

        async def use() -> None:
            for number in range(8):  # the server has prepared the statements by then
                await client.beta.assistants.update(made.id, name=str(number))
                await client.beta.assistants.retrieve(made.id)

        await use()
        with admin(postgres) as connection:
            connection.execute("ALTER TABLE assistants ADD COLUMN new text")
            try:
                assert (await client.beta.assistants.retrieve(made.id)).name == "7"
                with pytest.raises(openai.InternalServerError) as failed:
                    await client.beta.assistants.update(made.id, name="x")
                assert failed.value.status_code == 503  # which the SDK asks again after
                await use()
            finally:
                connection.execute("ALTER TABLE assistants DROP COLUMN new")


async def test_a_process_that_stands_still_is_not_waited_for_for_ever(postgres: str) -> None:
    async with open_account(postgres) as account, sdk(account) as client:
        lock = "SELECT pg_advisory_lock(1095980884, hashtext('public'))"
        with admin(postgres) as connection:
            connection.execute(lock)
            account.database._writing.command("SET lock_timeout = '50ms'")  # type: ignore[attr-defined]
            with pytest.raises(openai.InternalServerError) as failed:
                await client.beta.threads.create()
            assert failed.value.status_code == 503
            assert (await client.beta.assistants.list()).data == []
        assert (await client.beta.threads.create()).id


async def test_a_process_that_stands_still_is_ended_before_others_give_up(postgres: str) -> None:
    async with open_account(postgres) as account, sdk(account) as client:
        with closing(connect(postgres)) as other:
            most, waited = (_milliseconds(other, name) for name in (_IDLE, "lock_timeout"))
            assert most * 3 < waited
            stuck = other.write()
            stuck.__enter__().execute(f"SET {_IDLE} = {most // 30}")
            made = await client.beta.threads.create()
            with pytest.raises(UnreachableError):
                stuck.__exit__(None, None, None)
            with other.write() as again:
                again.execute("DELETE FROM threads WHERE id = ?", (made.id,))
        assert account.database.rows("SELECT * FROM threads") == []


_IDLE = "idle_in_transaction_session_timeout"


def _milliseconds(database: Database, name: str) -> int:
    with database.write() as connection:
        rows = connection.execute("SELECT setting FROM pg_settings WHERE name = ?", (name,))
        return int(rows.fetchall()[0]["setting"])


def _write_across_a_restart(database: Database, server: psycopg.Connection[Any]) -> None:
    with database.write() as writing:
        writing.execute("DELETE FROM assistants")
        end_all(server)


async def test_a_server_that_does_not_answer_is_a_503(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_account(postgres) as account, sdk(account) as client:
        with admin(postgres) as connection, monkeypatch.context() as patched:
            patched.setattr(account.database._reading, "_url", "postgresql://127.0.0.1:1/x")  # type: ignore[attr-defined]
            end_all(connection)
            with pytest.raises(openai.InternalServerError) as failed:
                await client.beta.assistants.list()
        assert failed.value.status_code == 503
        assert "database does not answer" in str(failed.value)
        account.database._reading._refused = None  # type: ignore[attr-defined]
        assert (await client.beta.assistants.list()).data == []


@on_both_databases
async def test_what_is_no_text_of_a_database_is_kept_and_looked_into(
    account: Account, http: httpx2.AsyncClient
) -> None:
    """JSON may hold U+0000; a list by metadata looks into every body."""
    beta = {"openai-beta": "agents=v1"}
    for name, team in (("a", "red"), ("b", "blue")):
        body = {"model": "m", "instructions": "\0\\u0000 \\\\\0 é\0\0", "metadata": {"team": team}}
        answer = await http.post("/agents", json=body | {"name": name}, headers=beta)
        assert answer.status_code == 201, answer.text
    found = (await http.get("/agents?metadata[team]=blue", headers=beta)).json()
    assert [item["name"] for item in found["data"]] == ["b"]
    assert found["data"][0]["instructions"] == "\0\\u0000 \\\\\0 é\0\0"
    assert (await http.get("/assistants/asst_%00")).status_code == 404


def test_halves_of_pairs_are_looked_into(postgres: str) -> None:
    bodies = {
        r'{"a": "\ud83d\ude00"}': "\U0001f600",
        r'{"a": "\ud83d\ude00\ud83d\u0000"}': "\U0001f600\ufffd\ufffd",
        r'{"a": "\ude00\\u0000\\\ud83dx"}': "\ufffd\\u0000\\\ufffdx",
    }
    with closing(connect(postgres)) as database:
        for body, found in bodies.items():
            row = database.row("SELECT json_of(?) ->> 'a' AS a", (body,))
            assert row is not None
            assert row["a"] == found


ALPHABET = [
    *("tram", "Trams", "running", "run", "São", "sao", "Jorge", "331.31", "331", "31", "café"),
    *("don't", "docs/lisbon.md", "lisbon", "a_b", "_", "12e3abc", "abc", "1e5", "ÉTÉ", "Straße"),
    *(
        "退款将在三十天内处理。",
        "退",
        "ｶｰﾄﾞ",
        "カード",
        "환불은",
        "การคืนเงิน",
        "เงิน",
        "Привет",
        "<b>",
        "&amp;",
    ),
    *(
        "U+0301 e\u0301",
        "x",
        "x5",
        "u0",
        "5",
        "－",
        "the",
        "generalization",
        "generally",
        "𝔘nicode",
    ),
]
TEXTS = st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=8).map(" ".join)


@pytest.fixture
def two_databases(postgres: str) -> Iterator[tuple[Database, Database]]:
    with ExitStack() as opened:
        yield tuple(opened.enter_context(closing(connect(place))) for place in (None, postgres))  # type: ignore[misc]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=1, max_size=4), query=TEXTS)
def test_both_databases_find_the_same(
    two_databases: tuple[Database, Database], texts: list[str], query: str
) -> None:
    answers = []
    for database in two_databases:
        with database.write() as connection:
            connection.execute("DELETE FROM environments")
            ENVIRONMENTS.insert(connection, {"id": "env_1"}, status="ready")
            put_file(connection, database, "env_1", "/a.md", 1, texts)
        found = search_environment(database, "env_1", query, limit=10)
        answers.append([(passage.text, passage.score, passage.matched) for passage in found])
    assert answers[0] == answers[1]


@pytest.mark.parametrize("compares", [False, True], ids=["alone", "pgvector"])
def test_vectors_are_compared_as_on_sqlite(
    two_databases: tuple[Database, Database], compares: bool
) -> None:
    theirs = two_databases[1].vectors
    assert isinstance(theirs, PostgresVectors)
    if compares and not theirs.compares:
        pytest.skip("the server has no pgvector")
    theirs.compares = compares
    vectors: list[list[float]] = [[1, 2, 3], [3, -2, 0.5], [-1, -2, -3.5], [0, 0, 1, 1]]
    answers = []
    for database in two_databases:
        with database.write() as connection:
            store = stores.create(connection, 1)
            entry = stores.Entry("file-1", {}, None)
            stores.attach(connection, database, store["id"], [entry], now=1, owner="me")
            (file,) = database.rows("SELECT seq FROM store_files WHERE id = 'file-1'")
            job = Job(file["seq"], store["id"], "file-1", "a.md", 1, 0, "me")
            embedded = Embedded("m", [pack(vector) for vector in vectors])
            assert add_passages(database, job, 0, ["a", "b", "c", "d"], embedded)
        passages = [row["seq"] for row in database.rows("SELECT seq FROM passages ORDER BY seq")]
        asked = pack([1, 2, 2.5])
        found = database.vectors.distances(passages, "m", asked)
        answers.append([found.get(seq) for seq in passages])
        assert [row["seq"] for row in missing(database, "m", 0, 9, len(asked))] == passages[3:]
        assert missing(database, "m", 0, 9, 0) == []
    assert answers[1][3] is answers[0][3] is None
    assert answers[1][:3] == pytest.approx(answers[0][:3], abs=1e-6)


def test_the_command_serves_a_database_to_the_sdk(postgres: str, tmp_path: Path) -> None:
    server, name = postgres.rsplit("/", 1)
    user, _, host = server.removeprefix("postgresql://").rpartition("@")
    url = f"postgresql://{user}:{SECRET}@{host}/{name}"  # the test's server trusts everybody

    def start() -> tuple[subprocess.Popen[str], str, str]:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port=0", f"--database={url}"],
            cwd=tmp_path,
            env=clean_environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        assert process.stdout is not None
        said = process.stdout.readline()
        return process, said, next(word for word in said.split() if word.startswith("http://"))

    process, said, base = start()
    assert f"The account in postgresql://{host}/{name} listens on " in said
    with openai.OpenAI(base_url=base, api_key="any") as client:
        store = client.vector_stores.create()
        client.vector_stores.files.upload_and_poll(
            vector_store_id=store.id,
            file=("a.md", b"The castle opens at nine."),
            poll_interval_ms=20,
        )
    process.kill()
    rest, _ = process.communicate(timeout=60)
    again, _, base = start()
    with openai.OpenAI(base_url=base, api_key="any") as client:
        (found,) = client.vector_stores.search(store.id, query="when does the castle open").data
        assert found.content[0].text == "The castle opens at nine."
    again.terminate()
    more, _ = again.communicate(timeout=60)
    assert again.returncode == 0
    assert SECRET not in said + rest + more
    assert list(tmp_path.glob("**/*.db")) == []
