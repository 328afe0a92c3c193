"""The chart is one that Mermaid takes, whatever the names are, and shows what the manifests say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asstctl.model.actual import Actual, ActualAssistant, ActualStore
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import Desired, DesiredAssistant, DesiredStore
from asstctl.model.file import Content, LocalFile
from asstctl.model.stamp import Stamp
from asstctl.model.vector_store import VectorStoreSpec
from asstctl.plan.action import Action
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from asstctl.text.printable import printable
from asstctl.views.graph import render_graph
from asstctl.views.plan.markdown import render_markdown
from real_command import run_asstctl
from support.projects import assistant, environment, store

_NODE = re.compile(
    r"(n\d+)(\(|\[\(|\[\[|\[)"
    r'"([^"`{}|;&<>$%\\]*(?:(?:#\d+;|<br/>)[^"`{}|;&<>$%\\]*)*)"'
    r"(\)|\)\]|\]\]|\])(?:::([:a-z]+))?"
)
_EDGE = re.compile(r"(n\d+) -->(?:\|([a-z_]+)\|)? (n\d+)")
_STYLE = re.compile(r"classDef [a-z]+ [a-z0-9#:,-]+")


@dataclass
class Chart:
    """What a reader sees: labels, and which leads to which."""

    labels: dict[str, str] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)
    edges: list[tuple[str, str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> "Chart":
        """Read a chart strictly: anything else than nodes, edges and styles is an error."""
        chart = cls()
        first, *lines = text.removesuffix("\n").split("\n")
        assert first == "flowchart LR"
        for line in lines:
            assert line.startswith("  ")
            chart._read(line[2:])
        return chart

    def _read(self, line: str) -> None:
        if node := _NODE.fullmatch(line):
            assert node[1] not in self.labels
            self.labels[node[1]] = _unescaped(node[3])
            if node[5]:
                self.actions[_unescaped(node[3])] = node[5].removeprefix(":")
        elif edge := _EDGE.fullmatch(line):
            self.edges.append((self.labels[edge[1]], edge[2] or "", self.labels[edge[3]]))
        else:
            assert _STYLE.fullmatch(line), line


def _unescaped(label: str) -> str:
    text = label.replace("<br/>", "\n")
    text = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)
    return text.replace("\N{WORD JOINER}", "")


def _files(*paths: str) -> tuple[LocalFile, ...]:
    return tuple(LocalFile(path, Path(path), 10) for path in paths)


def _project(
    assistants: Iterable[DesiredAssistant] = (), stores: Iterable[DesiredStore] = ()
) -> Desired:
    return Desired(project="acme", assistants=tuple(assistants), stores=tuple(stores))


def test_assistants_stores_and_files_are_linked_by_the_tool_that_uses_them() -> None:
    desired = _project(
        [assistant("guide", name="Guide", store="docs", code_files=_files("bills/a.pdf"))],
        [store("docs", _files("docs/lisbon.md"), name="City docs")],
    )

    chart = Chart.of(render_graph(desired))

    assert chart.edges == [
        ("City docs\nvector_store.docs", "", "docs/lisbon.md"),
        ("Guide\nassistant.guide", "code_interpreter", "bills/a.pdf"),
        ("Guide\nassistant.guide", "file_search", "City docs\nvector_store.docs"),
    ]


def test_a_shared_file_is_drawn_once() -> None:
    shared = _files("data.json")
    desired = _project([assistant("a", code_files=shared), assistant("b", code_files=shared)])

    chart = Chart.of(render_graph(desired))

    assert sorted(chart.labels.values()) == ["assistant.a", "assistant.b", "data.json"]
    assert len(chart.edges) == 2


def test_an_agent_leads_to_its_environment_and_that_to_its_files() -> None:
    box = environment("box", _files("data.csv"), name="Box")
    desired = replace(_project([assistant("guide", environment="box")]), environments=(box,))

    chart = Chart.of(render_graph(desired))

    assert set(chart.edges) == {
        ("assistant.guide", "environment", "Box\nenvironment.box"),
        ("Box\nenvironment.box", "", "data.csv"),
    }


def test_a_plan_in_markdown_draws_environments_too() -> None:
    desired = replace(
        _project([assistant("guide", environment="box")]), environments=(environment("box"),)
    )
    plan = make_plan(
        desired, {}, Actual(account="test"), target="t", commit=None, options=PlanOptions()
    )

    assert '[["environment.box<br/>create"]]' in render_markdown(plan, max_bytes=65_536)


def test_many_files_are_grouped_by_folder() -> None:
    paths = [f"docs/{folder}/{n}.md" for folder in ("en", "pt") for n in range(10)]
    desired = _project(stores=[store("docs", _files(*paths, "docs/index.md"))])

    chart = Chart.of(render_graph(desired))

    assert [end for _, _, end in chart.edges] == [
        "docs/en/\n10 files",
        "docs/index.md",
        "docs/pt/\n10 files",
    ]


def test_many_folders_are_grouped_by_the_folders_above() -> None:
    paths = [f"{top}/{n}/x.md" for top in ("a", "b") for n in range(10)]
    desired = _project(stores=[store("docs", _files(*paths))])

    chart = Chart.of(render_graph(desired))

    assert [end for _, _, end in chart.edges] == ["a/\n10 files", "b/\n10 files"]


@pytest.mark.parametrize(
    ("paths", "label"),
    [
        ([f"{n}.md" for n in range(9)], "9 files"),
        ([f"{n}/{n}.md" for n in range(9)], "9 files"),
        ([f"docs/{n}/x/{n}.md" for n in range(9)], "docs/\n9 files"),
    ],
)
def test_files_without_few_folders_are_one_group(paths: list[str], label: str) -> None:
    chart = Chart.of(render_graph(_project(stores=[store("docs", _files(*paths))])))

    assert [end for _, _, end in chart.edges] == [label]


@pytest.mark.parametrize("size", [1, 60, 200, 450, 3000])
def test_a_project_of_any_size_stays_within_what_github_draws(size: int) -> None:
    desired = _project(
        (
            assistant(
                f"assistant-number-{n}",
                name="Überaus hilfsbereite Assistentin für alle Fälle des Lebens",
                store=f"docs-{n}",
                code_files=_files(*(f"data/{n}/{i}.csv" for i in range(20))),
            )
            for n in range(size)
        ),
        (store(f"docs-{n}", _files(*(f"docs/{n}/{i}.md" for i in range(9)))) for n in range(size)),
    )

    text = render_graph(desired)

    assert len(text) <= 50_000
    assert text.count("-->") <= 500
    Chart.of(text)
    assert len(re.findall("assistant-number", text)) == size or f"{size} assistants" in text


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_name_can_be_anything_but_text(name: str, file: str) -> None:
    found = store("docs", (LocalFile(f"x{file}", Path("x"), 1),), name=name)
    desired = _project([assistant("guide", name=name, store="docs")], [found])

    chart = Chart.of(render_graph(desired))

    shown = printable(name.strip(" "))
    labels = [
        label.removesuffix("vector_store.docs").rstrip("\n") for label in chart.labels.values()
    ]
    assert len(chart.labels) == 3
    assert any(shown.startswith(label.removesuffix("…")) for label in labels)
    assert shown in labels or len(shown) > 55


@pytest.mark.parametrize(
    "name",
    [
        '"]; click n1 "javascript:alert(1)"',
        "%%{init: {'theme': 'dark'}}%%",
        "</div><script>alert(1)</script>",
        "```\n# heading",
        "style x fill:#f00;",
        "classDef x fill:#f00;",
        "end",
        "#quot; #35;",
    ],
)
def test_names_that_look_like_markup_are_shown_as_they_are(name: str) -> None:
    text = render_graph(_project([assistant("a", name=name)]))

    assert list(Chart.of(text).labels.values()) == [printable(name) + "\nassistant.a"]
    # Mermaid takes the last semicolon from lines that look so to it.
    assert not re.search(r"(?:style|classDef).*:\S*#.*;", text)


@pytest.mark.parametrize("name", ["1. First", "2) Second", "- item", "+ item", "* item", "> quote"])
def test_names_that_look_like_markdown_blocks_start_with_an_entity(name: str) -> None:
    text = render_graph(_project([assistant("a", name=name)]))

    label = text.partition('"')[2]
    assert re.match(r"\d*#\d+;", label)


def test_names_that_mermaid_decodes_before_it_looks_are_broken_up() -> None:
    text = render_graph(_project([assistant("a", name="$$x$$ fa:fa-user www.example.com")]))

    decoded = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text)
    assert "$$" not in decoded
    assert "fa:fa-" not in decoded
    assert "www." not in text


# --- with a plan --------------------------------------------------------------------------------


def _stamp(key: str) -> Stamp:
    return Stamp(project="acme", key=key, digest="0")


def _plan(*, prune: bool = True, names: int = 1) -> Plan:
    """A store and an assistant to create, and another pair to delete."""
    file = _files("docs/a.md")[0]
    desired = _project(
        [assistant(f"new-{n}", name=f"New {n}", store="docs") for n in range(names)],
        [store("docs", (file,))],
    )
    actual = Actual(
        account="test",
        assistants=(
            ActualAssistant(
                id="asst_1",
                spec=AssistantSpec(model="m", name="Old `one`", vector_store="old-docs"),
                stamp=_stamp("old"),
                raw=AssistantSpec(model="m"),
                store_id="vs_1",
            ),
        ),
        stores=(
            ActualStore(
                id="vs_1",
                spec=VectorStoreSpec(),
                stamp=_stamp("old-docs"),
                raw=VectorStoreSpec(),
                files=(),
            ),
        ),
    )
    contents = {file.path: Content(file, "ab" * 32)}
    options = PlanOptions(prune=prune)
    return make_plan(desired, contents, actual, target="t", commit=None, options=options)


def test_changes_show_what_becomes_of_each_resource_and_what_leaves() -> None:
    made = _plan()
    desired = _project(
        [c.desired for c in made.changes if isinstance(c.desired, DesiredAssistant)],
        [c.desired for c in made.changes if isinstance(c.desired, DesiredStore)],
    )

    chart = Chart.of(render_graph(desired, made.changes))

    assert chart.actions == {
        "vector_store.docs\ncreate": "create",
        "New 0\nassistant.new-0\ncreate": "create",
        "vector_store.old-docs\ndelete": "delete",
        "Old `one`\nassistant.old\ndelete": "delete",
    }
    assert (
        "Old `one`\nassistant.old\ndelete",
        "file_search",
        "vector_store.old-docs\ndelete",
    ) in chart.edges


def test_what_does_not_change_has_no_colour() -> None:
    made = _plan()
    unchanged = [replace(change, action=Action.NOOP) for change in made.changes]
    desired = _project([assistant("new-0", store="docs")], [store("docs")])

    text = render_graph(desired, unchanged)

    assert "classDef" not in text
    assert Chart.of(text).actions == {}


def test_the_markdown_plan_of_several_resources_has_a_graph() -> None:
    text = render_markdown(_plan(), max_bytes=65_536)

    section = text.partition("<details><summary>Graph</summary>\n\n```mermaid\n")[2]
    chart, _, rest = section.partition("```\n")
    assert len(Chart.of(chart).labels) == 5
    assert rest == "\n</details>\n"


def test_the_markdown_plan_of_one_resource_has_none() -> None:
    made = _plan()

    assert "mermaid" not in render_markdown(
        replace(made, changes=made.changes[:1]), max_bytes=65_536
    )


def test_the_graph_is_the_first_thing_to_go_when_something_is_cut() -> None:
    made = _plan(names=40)
    whole = render_markdown(made, max_bytes=65_536)
    without = whole.partition("<details><summary>Graph")[0]
    longest = len(whole.encode()) + 600
    sizes = (*range(2_000, longest, 250), longest)

    texts = [render_markdown(made, max_bytes=size) for size in sizes]

    assert all(len(text.encode()) <= size for text, size in zip(texts, sizes, strict=True))
    assert all("Cut for length" not in text for text in texts if "mermaid" in text)
    assert any(
        text.startswith(without) and "> Cut for length: the graph." in text for text in texts
    )
    assert texts[-1] == whole


# --- the command --------------------------------------------------------------------------------


def test_the_command_prints_the_chart_alone_and_needs_no_account(tmp_path: Path) -> None:
    run_asstctl(["init"], cwd=tmp_path, home=tmp_path)

    done = run_asstctl(["graph", "--format", "mermaid"], cwd=tmp_path, home=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Travel Guide\nassistant.travel-guide" in Chart.of(done.stdout).labels.values()
    assert not (tmp_path / ".asstctl").exists()
