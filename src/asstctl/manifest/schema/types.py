"""What a document is once its schema accepts it.

Made from schemas/ by `python tests/manifest/schema_types.py`; do not edit. A field that a schema
allows to be null may be None here; one that it does not require may be missing.
"""

from typing import Literal, NotRequired, TypeAlias, TypedDict

from asstctl.manifest.values import Plain


class FileReference(TypedDict):
    """The content of a file, taken as it is."""

    file: str
    render: NotRequired[bool]


class CodeInterpreter(TypedDict):
    """Runs Python in a sandbox, with files if you give it some."""

    type: Literal["code_interpreter"]
    files: NotRequired[list[str]]


class ChunkingStrategyAuto(TypedDict):
    """How files are cut before they are indexed."""

    type: Literal["auto"]


class ChunkingStrategyStaticStatic(TypedDict):
    """Sizes in tokens."""

    max_chunk_size_tokens: int
    chunk_overlap_tokens: int


class ChunkingStrategyStatic(TypedDict):
    """How files are cut before they are indexed."""

    type: Literal["static"]
    static: ChunkingStrategyStaticStatic


ChunkingStrategy: TypeAlias = Literal["auto"] | ChunkingStrategyAuto | ChunkingStrategyStatic | None
"""How files are cut before they are indexed."""


class FileEntryMapping(TypedDict):
    """A path or a glob, or a mapping that also says how to cut those files."""

    path: str
    chunking_strategy: NotRequired[ChunkingStrategy]


FileEntry: TypeAlias = str | FileEntryMapping
"""A path or a glob, or a mapping that also says how to cut those files."""


class HybridSearch(TypedDict):
    """How much meaning and words count beside each other."""

    embedding_weight: float
    text_weight: float


class FileSearchRankingOptions(TypedDict):
    """How passages are ranked, and how good they must be."""

    ranker: NotRequired[Literal["auto", "default_2024_08_21", "default-2024-11-15"]]
    score_threshold: float
    hybrid_search: NotRequired[HybridSearch | None]


class FileSearch(TypedDict):
    """Looks through a vector store: one of the project's (vector_store) or one of the
    assistant's own (files).
    """

    type: Literal["file_search"]
    vector_store: NotRequired[str]
    files: NotRequired[list[FileEntry]]
    chunking_strategy: NotRequired[ChunkingStrategy]
    max_num_results: NotRequired[int]
    ranking_options: NotRequired[FileSearchRankingOptions]


FunctionDescription: TypeAlias = str | None
"""What the function does: the model decides by it when to call."""

FunctionParameters: TypeAlias = dict[str, Plain] | None
"""What the function takes: a JSON Schema of type object, written here, or {file: PATH} for
a JSON file that holds it.
"""

Strict: TypeAlias = bool | None
"""Whether calls must match the schema exactly."""

DeferLoading: TypeAlias = bool | None
"""Whether the model finds it by the tool tool_search only."""


class FunctionFunction(TypedDict):
    """The function, as api: assistants spells it."""

    name: str
    description: NotRequired[FunctionDescription]
    parameters: NotRequired[FunctionParameters]
    strict: NotRequired[Strict]
    defer_loading: NotRequired[DeferLoading]


class Function(TypedDict):
    """A function that the assistant may ask its caller to run: its fields stand here, or under
    function.
    """

    type: Literal["function"]
    function: NotRequired[FunctionFunction]
    name: NotRequired[str]
    description: NotRequired[FunctionDescription]
    parameters: NotRequired[FunctionParameters]
    strict: NotRequired[Strict]
    defer_loading: NotRequired[DeferLoading]


Domains: TypeAlias = list[str] | None
"""Domains, such as example.com, their subdomains included."""


class WebSearchFilters(TypedDict):
    """What may be found."""

    allowed_domains: NotRequired[Domains]


ContextSize: TypeAlias = Literal["low", "medium", "high"] | None
"""How much of what was found the model sees."""

City: TypeAlias = str | None
"""The city, such as Lisbon."""

Country: TypeAlias = str | None
"""The country, by the two letters of ISO 3166, such as PT."""

Region: TypeAlias = str | None
"""The region or state."""

Timezone: TypeAlias = str | None
"""The time zone, such as Europe/Lisbon."""


class WebSearchUserLocation(TypedDict):
    """About where the user is."""

    type: NotRequired[Literal["approximate"]]
    city: NotRequired[City]
    country: NotRequired[Country]
    region: NotRequired[Region]
    timezone: NotRequired[Timezone]


class WebSearchLocation(TypedDict):
    """About where results are wanted for."""

    city: NotRequired[City]
    country: NotRequired[Country]
    region: NotRequired[Region]
    timezone: NotRequired[Timezone]


class WebSearch(TypedDict):
    """Looks for answers on the web."""

    type: Literal["web_search"]
    filters: NotRequired[WebSearchFilters | None]
    search_context_size: NotRequired[ContextSize]
    user_location: NotRequired[WebSearchUserLocation | None]
    external_web_access: NotRequired[bool | None]
    mode: NotRequired[Literal["disabled", "cached", "live"] | None]
    context_size: NotRequired[ContextSize]
    allowed_domains: NotRequired[Domains]
    location: NotRequired[WebSearchLocation | None]


HttpHeaders: TypeAlias = dict[str, str] | None
"""Headers that go to the MCP server, nothing secret among them."""


class ToolFilter(TypedDict):
    """Tools of a server, by name or by kind."""

    tool_names: NotRequired[list[str]]
    read_only: NotRequired[bool]


class McpRequireApprovalMapping(TypedDict):
    """Whether somebody has to approve calls: always, never, or for which tools."""

    always: NotRequired[ToolFilter]
    never: NotRequired[ToolFilter]


class HttpTransport(TypedDict):
    """A server that is reached by HTTP."""

    type: Literal["http"]
    server_url: str
    headers: NotRequired[HttpHeaders]


class StdioTransport(TypedDict):
    """A server that is started as a program in the environment."""

    type: Literal["stdio"]
    command: str
    cwd: str
    args: NotRequired[list[str] | None]
    env_vars: NotRequired[list[str] | None]


class Mcp(TypedDict):
    """The tools of an MCP server."""

    type: Literal["mcp"]
    server_label: str
    server_url: NotRequired[str]
    connector_id: NotRequired[str]
    tunnel_id: NotRequired[str]
    server_description: NotRequired[str | None]
    authorization: NotRequired[str]
    headers: NotRequired[HttpHeaders]
    require_approval: NotRequired[Literal["always", "never"] | McpRequireApprovalMapping | None]
    allowed_tools: NotRequired[list[str] | ToolFilter | None]
    allowed_callers: NotRequired[list[Literal["direct", "programmatic"]] | None]
    defer_loading: NotRequired[DeferLoading]
    transport: NotRequired[HttpTransport | StdioTransport]
    connection_origin: NotRequired[Literal["service", "environment"] | None]
    credential_id: NotRequired[str | None]
    request_metadata: NotRequired[dict[str, Plain] | None]
    required: NotRequired[bool | None]


class ComputerUse(TypedDict):
    """Uses a browser."""

    type: Literal["computer_use"]
    include_screenshots: NotRequired[bool | None]


class ToolSearch(TypedDict):
    """Finds the tools that say defer_loading when they are needed."""

    type: Literal["tool_search"]


class ProgrammaticToolCalling(TypedDict):
    """Lets code that the model writes call the tools."""

    type: Literal["programmatic_tool_calling"]
    enabled: NotRequired[bool | None]


class Automations(TypedDict):
    """Lets the agent wake itself up on a schedule."""

    type: Literal["automations"]


Tool: TypeAlias = (
    CodeInterpreter
    | FileSearch
    | Function
    | WebSearch
    | Mcp
    | ComputerUse
    | ToolSearch
    | ProgrammaticToolCalling
    | Automations
)
"""A tool, told apart by its type."""


class ResponseFormatType(TypedDict):
    """The form of the answers: the same as text.format."""

    type: Literal["text", "json_object"]


FormatDescription: TypeAlias = str | None
"""What the format is for."""

FormatStrict: TypeAlias = bool | None
"""Whether answers must match the schema exactly."""


class ResponseFormatJsonSchemaJsonSchema(TypedDict):
    """The schema and its name."""

    name: str
    description: NotRequired[FormatDescription]
    schema: NotRequired[dict[str, Plain]]
    strict: NotRequired[FormatStrict]


class ResponseFormatJsonSchema(TypedDict):
    """The form of the answers: the same as text.format."""

    type: Literal["json_schema"]
    json_schema: ResponseFormatJsonSchemaJsonSchema


ResponseFormat: TypeAlias = Literal["auto"] | ResponseFormatType | ResponseFormatJsonSchema | None
"""The form of the answers: the same as text.format."""


class AssistantReasoning(TypedDict):
    """How a reasoning model thinks."""

    effort: NotRequired[Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None]
    summary: NotRequired[Literal["auto", "concise", "detailed"] | None]


class TextFormatType(TypedDict):
    """The form of the answers: the same as response_format, as api: responses spells it."""

    type: Literal["text", "json_object"]


class TextFormatJsonSchema(TypedDict):
    """The form of the answers: the same as response_format, as api: responses spells it."""

    type: Literal["json_schema"]
    name: NotRequired[str]
    description: NotRequired[FormatDescription]
    schema: dict[str, Plain]
    strict: NotRequired[FormatStrict]


TextFormat: TypeAlias = TextFormatType | TextFormatJsonSchema | None
"""The form of the answers: the same as response_format, as api: responses spells it."""


class AssistantText(TypedDict):
    """The text of the answers."""

    format: NotRequired[TextFormat]
    verbosity: NotRequired[Literal["low", "medium", "high"] | None]


class AssistantMultiAgent(TypedDict):
    """Whether the agent may start other agents."""

    enabled: bool
    max_concurrent_subagents: NotRequired[int]


AssistantCompaction = TypedDict("AssistantCompaction", {"async": NotRequired[bool]})
"""How a context that grows too long is made shorter."""

Title: TypeAlias = str | None
"""A title that the account shows before the mark by which asstctl knows the environment."""

Hosting: TypeAlias = Literal["openai_hosted"]
"""openai_hosted: the only kind that a template can be of."""

SandboxFiles: TypeAlias = list[str] | None
"""Files that are there before the agent starts: paths and globs (`data/**/*.csv`),
relative to the project.
"""

NamesOfPackages: TypeAlias = list[str] | None
"""Names of packages, with versions as their installer spells them."""


class Packages(TypedDict):
    """What is installed before the agent starts."""

    python: NotRequired[NamesOfPackages]
    npm: NotRequired[NamesOfPackages]
    system: NotRequired[NamesOfPackages]


class Network(TypedDict):
    """What the sandbox may reach once it is set up."""

    access: Literal["enabled", "disabled", "restricted"]
    allowed_domains: NotRequired[list[str] | None]
    blocked_domains: NotRequired[list[str] | None]


class SetupCommandMapping(TypedDict):
    """A shell command, or a mapping that also says where it runs."""

    command: str
    cwd: NotRequired[str | None]


SetupCommand: TypeAlias = str | SetupCommandMapping
"""A shell command, or a mapping that also says where it runs."""

SetupCommands: TypeAlias = list[SetupCommand] | None
"""Commands that prepare the sandbox, in order, at most 16."""

Env: TypeAlias = dict[str, str] | None
"""Environment variables that the agent has."""


class Skill(TypedDict):
    """Skills of the account that the agent has."""

    type: NotRequired[Literal["skill_reference"]]
    skill_id: str
    version: NotRequired[str | None]


Skills: TypeAlias = list[Skill] | None
"""Skills of the account that the agent has."""


class Desktop(TypedDict):
    """Whether the sandbox has a desktop with a browser."""

    enabled: bool


CapabilityDirectories: TypeAlias = list[str] | None
"""Folders of the sandbox, as absolute paths, that hold capabilities of the agent."""


class AssistantEnvironment(TypedDict):
    """The sandbox in which the agent's sessions run: one of its own, or `key` for one that has
    a manifest and may be shared.
    """

    key: NotRequired[str]
    name: NotRequired[Title]
    type: NotRequired[Hosting]
    files: NotRequired[SandboxFiles]
    packages: NotRequired[Packages | None]
    network: NotRequired[Network | None]
    setup_commands: NotRequired[SetupCommands]
    env: NotRequired[Env]
    skills: NotRequired[Skills]
    desktop: NotRequired[Desktop | None]
    capability_directories: NotRequired[CapabilityDirectories]


class AssistantExperimental(TypedDict):
    """Settings that may go away again."""

    time_awareness: NotRequired[bool]


Metadata: TypeAlias = dict[str, str] | None
"""Your own labels: at most 7 (asstctl needs the other 9 of the 16 that the API has), keys
up to 64 characters, values are text of up to 512.
"""


class Lifecycle(TypedDict):
    """How the resource may change."""

    protect: NotRequired[bool]
    ignore_changes: NotRequired[list[str]]


Previously: TypeAlias = list[str] | None
"""Keys that this resource had before: a rename keeps the remote object and its id."""


class SmokeCaseCasesMapping(TypedDict):
    """Makes a case of each row: of a file, or of a list of mappings here."""

    file: str


Prompt: TypeAlias = str | FileReference
"""What the user says: the text itself or {file: PATH}."""


class SmokeCaseMatrix(TypedDict):
    """Lists of values: each combination of them is a case of its own, whose name ends with
    what was chosen, as in [model=gpt-4o].
    """

    model: NotRequired[list[str]]
    prompt: NotRequired[list[Prompt]]


class ContainsMapping(TypedDict):
    """Text that the answer contains; of a list, all of it."""

    all: NotRequired[list[str]]
    any: NotRequired[list[str]]
    ignore_case: NotRequired[bool]


Contains: TypeAlias = str | list[str] | ContainsMapping
"""Text that the answer contains; of a list, all of it."""

Matches: TypeAlias = str | list[str]
"""A regular expression (Python's) that is found somewhere in the answer; of a list, every
one.
"""


class ExpectedJsonMapping(TypedDict):
    """true: the answer is JSON."""

    schema: dict[str, Plain]


ExpectedJson: TypeAlias = Literal[True] | ExpectedJsonMapping
"""true: the answer is JSON."""

Cites: TypeAlias = str | list[str]
"""Files that the answer cites, by name or, with a /, by path; globs work."""

ToolType: TypeAlias = Literal[
    "code_interpreter",
    "file_search",
    "function",
    "web_search",
    "mcp",
    "computer_use",
    "tool_search",
    "programmatic_tool_calling",
    "shell",
]
"""A tool's type; shell: a command in the sandbox of an agent."""

Uses: TypeAlias = ToolType | list[ToolType]
"""Tools that ran."""


class TimesMapping(TypedDict):
    """How often: a number, or {min, max}."""

    min: NotRequired[int]
    max: NotRequired[int]


Times: TypeAlias = int | TimesMapping
"""How often: a number, or {min, max}."""


class CallsMapping(TypedDict):
    """Functions that were called: a name, {name, arguments, times}, or a list of them in any
    order.
    """

    name: str
    arguments: NotRequired[dict[str, Plain]]
    times: NotRequired[Times]


class CallMapping(TypedDict):
    """A function that is called, with at least these arguments, and how often."""

    name: str
    arguments: NotRequired[dict[str, Plain]]
    times: NotRequired[Times]


Call: TypeAlias = str | CallMapping
"""A function that is called, with at least these arguments, and how often."""


class OneCallMapping(TypedDict):
    """One call of a function, with at least these arguments."""

    name: str
    arguments: NotRequired[dict[str, Plain]]


OneCall: TypeAlias = str | OneCallMapping
"""One call of a function, with at least these arguments."""


class CallsInOrder(TypedDict):
    """Calls that follow one another."""

    in_order: list[OneCall]


class ExactCalls(TypedDict):
    """All calls there are."""

    exactly: list[OneCall]


Calls: TypeAlias = str | CallsMapping | list[Call] | CallsInOrder | ExactCalls
"""Functions that were called: a name, {name, arguments, times}, or a list of them in any
order.
"""

Status: TypeAlias = Literal[
    "requires_action", "cancelled", "failed", "completed", "incomplete", "expired"
]
"""How the run ends."""


class Cost(TypedDict):
    """What the answer may cost, by the prices of the file that `prices` in asstctl.yaml names."""

    max: float


class Similar(TypedDict):
    """A text that the answer is near to in meaning, as the target's embeddings tell it."""

    to: str
    min: NotRequired[float]
    model: NotRequired[str]


class Rubric(TypedDict):
    """A rubric, the model that judges by it, and the lowest good score."""

    rubric: str
    model: NotRequired[str]
    min_score: NotRequired[float]


Graded: TypeAlias = str | Rubric
"""One rubric of several."""

Judge: TypeAlias = str | Rubric | list[Graded]
"""A rubric that a model scores the answer by: the rubric itself, or with the model and the
lowest good score; of a list, every one.
"""


class Expect(TypedDict):
    """What the answer is held to."""

    contains: NotRequired[Contains]
    not_contains: NotRequired[Contains]
    equals: NotRequired[str]
    not_equals: NotRequired[str]
    matches: NotRequired[Matches]
    not_matches: NotRequired[Matches]
    json: NotRequired[ExpectedJson]
    not_json: NotRequired[ExpectedJson]
    cites: NotRequired[Cites]
    not_cites: NotRequired[Cites]
    refuses: NotRequired[bool]
    not_refuses: NotRequired[bool]
    uses: NotRequired[Uses]
    not_uses: NotRequired[Uses]
    calls: NotRequired[Calls]
    not_calls: NotRequired[Calls]
    status: NotRequired[Status]
    not_status: NotRequired[Status]
    max_seconds: NotRequired[float]
    not_max_seconds: NotRequired[float]
    max_tokens: NotRequired[int]
    not_max_tokens: NotRequired[int]
    cost: NotRequired[Cost]
    not_cost: NotRequired[Cost]
    similar: NotRequired[Similar]
    not_similar: NotRequired[Similar]
    command: NotRequired[list[str]]
    not_command: NotRequired[list[str]]
    judge: NotRequired[Judge]
    not_judge: NotRequired[Judge]


class Attachment(TypedDict):
    """Files that come with the message."""

    path: str
    tools: list[Literal["code_interpreter", "file_search"]]


class SmokeCaseTurn(TypedDict):
    """Prompts that follow each other in one thread, each with its own expectations."""

    prompt: Prompt
    expect: NotRequired[Expect]
    attachments: NotRequired[list[Attachment]]


class ThreadMessage(TypedDict):
    """Messages that stand before the first prompt."""

    role: Literal["user", "assistant"]
    content: str
    attachments: NotRequired[list[Attachment]]


class ThreadToolResourcesCodeInterpreter(TypedDict):
    """For code_interpreter."""

    files: list[str]


class ThreadToolResourcesFileSearch(TypedDict):
    """For file_search."""

    vector_store: str


class ThreadToolResources(TypedDict):
    """What the tools find in this thread, beside what the assistant brings."""

    code_interpreter: NotRequired[ThreadToolResourcesCodeInterpreter]
    file_search: NotRequired[ThreadToolResourcesFileSearch]


class Thread(TypedDict):
    """How the thread begins: earlier messages, and files and a store of its own."""

    messages: NotRequired[list[ThreadMessage]]
    tool_resources: NotRequired[ThreadToolResources]


class RunToolChoiceType(TypedDict):
    """Which tools the run uses: none, auto, required, or one that it must use."""

    type: Literal["code_interpreter", "file_search"]


class RunToolChoiceFunctionFunction(TypedDict):
    """The function."""

    name: str


class RunToolChoiceFunction(TypedDict):
    """Which tools the run uses: none, auto, required, or one that it must use."""

    type: Literal["function"]
    function: RunToolChoiceFunctionFunction


class RunTruncationStrategyAuto(TypedDict):
    """How much of the thread the model sees."""

    type: Literal["auto"]


class RunTruncationStrategyLastMessages(TypedDict):
    """How much of the thread the model sees."""

    type: Literal["last_messages"]
    last_messages: int


class Run(TypedDict):
    """Options of the run, in the API's own words."""

    model: NotRequired[str]
    tool_choice: NotRequired[
        Literal["none", "auto", "required"] | RunToolChoiceType | RunToolChoiceFunction
    ]
    max_prompt_tokens: NotRequired[int]
    max_completion_tokens: NotRequired[int]
    truncation_strategy: NotRequired[RunTruncationStrategyAuto | RunTruncationStrategyLastMessages]
    temperature: NotRequired[float]
    top_p: NotRequired[float]
    additional_instructions: NotRequired[str]
    parallel_tool_calls: NotRequired[bool]


class FunctionOutputWhen(TypedDict):
    """Answers for calls whose arguments include the given ones; the first that fits is taken,
    else output.
    """

    arguments: dict[str, Plain]
    output: Plain


class FunctionOutput(TypedDict):
    """What a function answers: always the same (output), by its arguments (when), or what a
    program prints (command).
    """

    output: NotRequired[Plain]
    when: NotRequired[list[FunctionOutputWhen]]
    command: NotRequired[list[str]]
    timeout: NotRequired[float]


class SmokeCase(TypedDict):
    """A conversation and what is expected of it: one prompt, or several turns in one thread."""

    name: NotRequired[str]
    cases: NotRequired[SmokeCaseCasesMapping | list[dict[str, Plain]]]
    matrix: NotRequired[SmokeCaseMatrix]
    prompt: NotRequired[Prompt]
    expect: NotRequired[Expect]
    attachments: NotRequired[list[Attachment]]
    turns: NotRequired[list[SmokeCaseTurn]]
    thread: NotRequired[Thread]
    run: NotRequired[Run]
    functions: NotRequired[dict[str, FunctionOutput]]
    targets: NotRequired[list[str]]
    repeat: NotRequired[int]
    require: NotRequired[Literal["all", "majority", "any"]]
    needs_model: NotRequired[bool]


class AssistantOverride(TypedDict):
    """What an override may say, and a project's defaults."""

    name: NotRequired[str | None]
    description: NotRequired[str | None]
    model: NotRequired[str | None]
    instructions: NotRequired[str | FileReference | None]
    tools: NotRequired[list[Tool] | None]
    temperature: NotRequired[float | None]
    top_p: NotRequired[float | None]
    response_format: NotRequired[ResponseFormat]
    reasoning_effort: NotRequired[
        Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None
    ]
    reasoning: NotRequired[AssistantReasoning | None]
    text: NotRequired[AssistantText | None]
    service_tier: NotRequired[
        Literal["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"] | None
    ]
    multi_agent: NotRequired[AssistantMultiAgent | None]
    compaction: NotRequired[AssistantCompaction | None]
    environment: NotRequired[AssistantEnvironment | None]
    experimental: NotRequired[AssistantExperimental | None]
    metadata: NotRequired[Metadata]
    lifecycle: NotRequired[Lifecycle | None]
    smoke: NotRequired[list[SmokeCase] | None]


class Assistant(TypedDict):
    """A manifest of one assistant, in the API's own words."""

    kind: Literal["assistant"]
    key: NotRequired[str]
    name: NotRequired[str | None]
    description: NotRequired[str | None]
    model: NotRequired[str | None]
    instructions: NotRequired[str | FileReference | None]
    tools: NotRequired[list[Tool] | None]
    temperature: NotRequired[float | None]
    top_p: NotRequired[float | None]
    response_format: NotRequired[ResponseFormat]
    reasoning_effort: NotRequired[
        Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None
    ]
    reasoning: NotRequired[AssistantReasoning | None]
    text: NotRequired[AssistantText | None]
    service_tier: NotRequired[
        Literal["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"] | None
    ]
    multi_agent: NotRequired[AssistantMultiAgent | None]
    compaction: NotRequired[AssistantCompaction | None]
    environment: NotRequired[AssistantEnvironment | None]
    experimental: NotRequired[AssistantExperimental | None]
    metadata: NotRequired[Metadata]
    lifecycle: NotRequired[Lifecycle | None]
    previously: NotRequired[Previously]
    overrides: NotRequired[dict[str, AssistantOverride] | None]
    smoke: NotRequired[list[SmokeCase] | None]


class VectorStoreExpiresAfter(TypedDict):
    """When the account may throw the store away."""

    anchor: Literal["last_active_at"]
    days: int


class VectorStoreOverride(TypedDict):
    """What an override may say, and a project's defaults."""

    name: NotRequired[str | None]
    files: NotRequired[list[FileEntry] | None]
    chunking_strategy: NotRequired[ChunkingStrategy]
    expires_after: NotRequired[VectorStoreExpiresAfter | None]
    metadata: NotRequired[Metadata]
    lifecycle: NotRequired[Lifecycle | None]


class VectorStore(TypedDict):
    """A manifest of one vector store: files that file_search looks through."""

    kind: Literal["vector_store"]
    key: NotRequired[str]
    name: NotRequired[str | None]
    files: NotRequired[list[FileEntry] | None]
    chunking_strategy: NotRequired[ChunkingStrategy]
    expires_after: NotRequired[VectorStoreExpiresAfter | None]
    metadata: NotRequired[Metadata]
    lifecycle: NotRequired[Lifecycle | None]
    previously: NotRequired[Previously]
    overrides: NotRequired[dict[str, VectorStoreOverride] | None]


class EnvironmentOverride(TypedDict):
    """What an override may say, and a project's defaults."""

    name: NotRequired[Title]
    type: NotRequired[Hosting]
    files: NotRequired[SandboxFiles]
    packages: NotRequired[Packages | None]
    network: NotRequired[Network | None]
    setup_commands: NotRequired[SetupCommands]
    env: NotRequired[Env]
    skills: NotRequired[Skills]
    desktop: NotRequired[Desktop | None]
    capability_directories: NotRequired[CapabilityDirectories]
    lifecycle: NotRequired[Lifecycle | None]


class Environment(TypedDict):
    """A manifest of one environment: the sandbox in which the sessions of an agent run."""

    kind: Literal["environment"]
    key: NotRequired[str]
    name: NotRequired[Title]
    type: NotRequired[Hosting]
    files: NotRequired[SandboxFiles]
    packages: NotRequired[Packages | None]
    network: NotRequired[Network | None]
    setup_commands: NotRequired[SetupCommands]
    env: NotRequired[Env]
    skills: NotRequired[Skills]
    desktop: NotRequired[Desktop | None]
    capability_directories: NotRequired[CapabilityDirectories]
    lifecycle: NotRequired[Lifecycle | None]
    previously: NotRequired[Previously]
    overrides: NotRequired[dict[str, EnvironmentOverride] | None]


Vars: TypeAlias = dict[str, str | float | bool] | None
"""Values for ${var.NAME}: text, numbers or booleans, put in as text."""


class LocalTargetModel(TypedDict):
    """A chat-completions endpoint that answers for the account."""

    base_url: str
    api_key: NotRequired[str]
    name: NotRequired[str]
    names: NotRequired[dict[str, str]]
    context: NotRequired[int]


class LocalTargetEmbeddings(TypedDict):
    """An embeddings endpoint that lets file search find by meaning too."""

    base_url: str
    api_key: NotRequired[str]
    name: str


class LocalTargetCodeInterpreter(TypedDict):
    """A program that runs the code which the model writes, and keeps it in a sandbox."""

    command: list[str]
    timeout: NotRequired[float]


Overrides: TypeAlias = AssistantOverride | None
"""Fields that every assistant has on this target."""


class LocalTarget(TypedDict):
    """The local account that ships inside asstctl: one SQLite file, no key, no network."""

    api: Literal["local"]
    path: NotRequired[str]
    like: NotRequired[Literal["assistants", "responses", "agents"]]
    bundle: NotRequired[str]
    model: NotRequired[LocalTargetModel]
    embeddings: NotRequired[LocalTargetEmbeddings]
    code_interpreter: NotRequired[LocalTargetCodeInterpreter]
    vars: NotRequired[Vars]
    overrides: NotRequired[Overrides]
    parallelism: NotRequired[int]
    timeout: NotRequired[float]


class AssistantsTarget(TypedDict):
    """Any server that speaks OpenAI's Assistants v2."""

    api: Literal["assistants"]
    base_url: str
    api_key: NotRequired[str]
    api_version: NotRequired[str]
    headers: NotRequired[dict[str, str]]
    embeddings: NotRequired[str]
    vars: NotRequired[Vars]
    overrides: NotRequired[Overrides]
    parallelism: NotRequired[int]
    timeout: NotRequired[float]


class ResponsesTarget(TypedDict):
    """OpenAI's Responses API, or any server that speaks it."""

    api: Literal["responses"]
    base_url: NotRequired[str]
    api_key: NotRequired[str]
    api_version: NotRequired[str]
    headers: NotRequired[dict[str, str]]
    embeddings: NotRequired[str]
    bundle: NotRequired[str]
    vars: NotRequired[Vars]
    overrides: NotRequired[Overrides]
    parallelism: NotRequired[int]
    timeout: NotRequired[float]


class AgentsTarget(TypedDict):
    """OpenAI's Agents API, or any server that speaks it."""

    api: Literal["agents"]
    base_url: NotRequired[str]
    api_key: NotRequired[str]
    api_version: NotRequired[str]
    headers: NotRequired[dict[str, str]]
    embeddings: NotRequired[str]
    vars: NotRequired[Vars]
    overrides: NotRequired[Overrides]
    parallelism: NotRequired[int]
    timeout: NotRequired[float]


Target: TypeAlias = LocalTarget | AssistantsTarget | ResponsesTarget | AgentsTarget
"""An account to sync with."""


class ProjectSafety(TypedDict):
    """Limits on destruction."""

    max_deletes: NotRequired[float]


class Project(TypedDict):
    """asstctl.yaml: the project's name, where its manifests are, and the accounts that it is
    synced with.
    """

    project: str
    manifests: NotRequired[list[str] | None]
    defaults: NotRequired[AssistantOverride | None]
    vars: NotRequired[Vars]
    prices: NotRequired[str | None]
    target: NotRequired[str | None]
    targets: NotRequired[dict[str, Target] | None]
    safety: NotRequired[ProjectSafety | None]


class Price(TypedDict):
    """What a million tokens cost."""

    input: float
    cached_input: NotRequired[float]
    output: float


class Prices(TypedDict):
    """What models cost: the file that `prices` in asstctl.yaml names."""

    currency: str
    models: dict[str, Price]
