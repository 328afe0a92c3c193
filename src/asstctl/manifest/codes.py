"""Every diagnostic code of the manifests: its short summary and its cure, in one table.

Codes are stable: scripts and people search for them. The list in
``schemas/README.md`` is made from ``ALL``.
"""

from dataclasses import dataclass

from asstctl.model.diagnostics import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem. ``{}`` in the summary stands for the name of what is wrong."""

    name: str
    summary: str
    cure: str
    severity: Severity = Severity.ERROR

    def summarise(self, subject: str) -> str:
        """The summary for one case, with the name of what is wrong."""
        return self.summary.replace("{}", subject)


# Reading files and YAML
NO_PROJECT = Code(
    "no-project",
    "no asstctl.yaml here",
    "Run the command in the project's folder, pass -C DIR, or start one with `asstctl init`.",
)
EMPTY_PROJECT = Code(
    "empty-project",
    "the project has no manifests",
    "Write a manifest where `manifests` looks, or correct the globs there.",
)
MISSING_FILE = Code(
    "missing-file",
    "no such file: {}",
    "Create the file or correct the path; paths count from the project's folder.",
)
UNREADABLE_FILE = Code(
    "unreadable-file",
    "cannot read {}",
    "Make it a regular file that you may read.",
)
NOT_A_FILE = Code(
    "not-a-file",
    "{} is not a file",
    "Name a regular file; for a folder write a glob, as in docs/**.",
)
OUTSIDE_PROJECT = Code(
    "outside-project",
    "{} is outside the project",
    "Copy the file into the project: neither `..` nor a symbolic link may lead out of it.",
)
BAD_PATH = Code("bad-path", "not a usable path: {}", "Write a relative path with `/`.")
NO_MATCH = Code(
    "no-match", 'nothing matches "{}"', "Correct the glob, or remove it when the files are gone."
)
UNSUPPORTED_FILE_TYPE = Code(
    "unsupported-file-type",
    "file_search cannot read {}",
    "Narrow the glob, convert the file, or give it to code_interpreter.",
)
FILE_TOO_LARGE = Code(
    "file-too-large", "{} is too large", "Split the file: an upload holds at most 512 MB."
)
EMPTY_FILE = Code("empty-file", "{} is empty", "Put something into the file, or leave it out.")
SKIPPED_FILE = Code(
    "skipped-file",
    "{} is empty and left out",
    "Put something into the file, or narrow the glob.",
    Severity.WARNING,
)
LINKED_FOLDER = Code(
    "linked-folder",
    "{} is a linked folder and left out",
    "Write an entry for it: `**` follows no symbolic links.",
    Severity.WARNING,
)
UNICODE_FORM = Code(
    "unicode-form",
    "{} has its name in another Unicode form",
    "Copy the name from the file into the manifest, or rename the file.",
    Severity.WARNING,
)
CASE_TWINS = Code(
    "case-twins",
    "{} differs from another file only in case or Unicode form",
    "Rename one of the two: on macOS and Windows they are one file.",
    Severity.WARNING,
)
UNREAD_MANIFEST = Code(
    "unread-manifest",
    "{} is not read",
    "Add a glob for it to `manifests` in asstctl.yaml, or rename the file.",
    Severity.WARNING,
)
LEFT_OUT_SUBMODULE = Code(
    "left-out-submodule",
    "the submodule {} is left out",
    "Check that commit out together with its submodules, and run asstctl there.",
    Severity.WARNING,
)
MANIFEST_TOO_LARGE = Code(
    "manifest-too-large",
    "{} is too large for a manifest",
    "Split it into several manifests; move long texts to files of their own.",
)
LFS_POINTER = Code(
    "lfs-pointer",
    "{} is a Git LFS pointer, not the file itself",
    "Fetch the content with git-lfs: `git lfs pull` here, `git lfs fetch --all` for another "
    "commit, `lfs: true` for actions/checkout.",
)
NOT_UTF8 = Code("not-utf8", "{} is not UTF-8 text", "Save the file as UTF-8.")
YAML_SYNTAX = Code("yaml-syntax", "not valid YAML", "Mend the syntax at the place shown.")
YAML_TAG = Code("yaml-tag", "YAML tag {}", "Remove the tag; quote a value that has to be text.")
ALIAS_BOMB = Code(
    "alias-bomb",
    "YAML aliases grow out of bounds",
    "Write the repeated part once, in `defaults` or in a file of its own.",
)
TOO_DEEP = Code("too-deep", "nested too deep", "Flatten the document: 64 levels are enough.")
DUPLICATE_FIELD = Code("duplicate-field", 'duplicate field "{}"', "Keep one of the two.")
KEY_NOT_TEXT = Code("key-not-text", "field name {} is not text", "Put the name in quotes.")
BAD_NUMBER = Code(
    "bad-number", "{} is not a number that JSON can hold", "Write a finite number of 64 bits."
)
NOT_A_MAPPING = Code(
    "not-a-mapping", "the document is not a mapping", "Write `field: value` lines at the top level."
)
EMPTY_DOCUMENT = Code("empty-document", "{} holds no document", "Fill the file or delete it.")
SEVERAL_DOCUMENTS = Code(
    "several-documents", "asstctl.yaml holds several documents", "Keep one; manifests go elsewhere."
)
INVALID_JSON = Code("invalid-json", "{} is not valid JSON", "Mend the JSON at the place shown.")

BAD_CASES = Code(
    "bad-cases",
    "{} cannot be read as cases",
    "Write a CSV file with a header line, or JSON objects one a line (.jsonl).",
)

# Fields and their values
UNKNOWN_FIELD = Code(
    "unknown-field", 'unknown field "{}"', "Correct the spelling, or remove the field."
)
MISSING_FIELD = Code("missing-field", 'missing field "{}"', "Add the field.")
WRONG_TYPE = Code("wrong-type", "{} has the wrong type", "Write a value of the type that is asked.")
UNKNOWN_VALUE = Code(
    "unknown-value", "unknown value for {}", "Use one of the values that are listed."
)
OUT_OF_RANGE = Code("out-of-range", "{} is out of range", "Stay within the limits that are named.")
TOO_LONG = Code("too-long", "{} is too long", "Shorten it to the API's limit.")
EMPTY_VALUE = Code("empty-value", "{} is empty", "Write something, or leave the field out.")
TOO_MANY = Code("too-many", "too many entries in {}", "Remove some: the limit is named.")
TOO_FEW = Code("too-few", "too few entries in {}", "Add an entry, or leave the field out.")
DUPLICATE_ITEM = Code("duplicate-item", "{} names something twice", "Keep one of the two.")
NOT_HERE = Code("not-here", '"{}" cannot be given here', "Move the field to where it belongs.")
CONFLICTING_FIELDS = Code(
    "conflicting-fields", "{} contradicts another field", "Keep one of the two."
)
V1_SPELLING = Code(
    "v1-spelling",
    '"{}" is from version 1 of the API',
    "Write `file_search` for `retrieval`, and put files under the tool that reads them.",
)
RESERVED_KEY = Code(
    "reserved-key",
    'metadata key "{}" is reserved',
    "Choose a key that does not start with asstctl_.",
)
HIDDEN_IN_NAME = Code(
    "hidden-in-name",
    'hidden character in the name "{}"',
    "Take the character out.",
)
HIDDEN_CHARACTER = Code(
    "hidden-character",
    "hidden character: {}",
    "Take it out, unless it is meant to be there.",
    Severity.WARNING,
)
BAD_NAME = Code("bad-name", 'bad name "{}"', "Use the characters that are named.")
BAD_KEY = Code(
    "bad-key", 'bad key "{}"', "Use a-z, 0-9, - and _, with a letter or digit at both ends."
)
BAD_FUNCTION_NAME = Code(
    "bad-function-name", 'bad function name "{}"', "Use 1 to 64 of A-Z, a-z, 0-9, _ and -."
)
BAD_URL = Code("bad-url", "bad URL in {}", "Write http:// or https:// and a host, nothing secret.")
BAD_REGEX = Code("bad-regex", "bad regular expression", "Mend it; Python's syntax applies.")
INVALID_SCHEMA = Code(
    "invalid-schema", "{} is not a valid JSON Schema", "Mend the schema at the place shown."
)
LOOSE_SCHEMA = Code(
    "loose-schema",
    "{} is not closed enough for `strict: true`",
    "Close the schema there, or leave `strict` out: many servers refuse the assistant otherwise.",
    Severity.WARNING,
)

CUT_TEXT = Code(
    "cut-text",
    "{} ends before a #",
    "Put the text in quotes if the # belongs to it; write `# ` where a comment starts.",
    Severity.WARNING,
)
PATH_AS_TEXT = Code(
    "path-as-text",
    "{} is the path of a file, taken as text",
    "Write {file: PATH} to use what the file holds.",
    Severity.WARNING,
)

# References
REFERENCE_IN_FILE = Code(
    "reference-in-file",
    "{} is not replaced in a file",
    "Write {file: PATH, render: true} to replace it, or put the text into the manifest.",
    Severity.WARNING,
)
BAD_REFERENCE = Code(
    "bad-reference",
    'bad reference "{}"',
    "Write ${var.NAME}, ${env.NAME} or ${target.name}; $${ is a plain ${.",
)
UNKNOWN_VARIABLE = Code(
    "unknown-variable", 'unknown variable "{}"', "Add it to `vars`, or correct the name."
)
UNKNOWN_COLUMN = Code(
    "unknown-column", 'unknown column "{}"', "Add the column to the file, or correct the name."
)
UNSET_VARIABLE = Code(
    "unset-variable", "environment variable {} is not set", "Set it before running asstctl."
)
UNKNOWN_TARGET = Code(
    "unknown-target", 'unknown target "{}"', "Name a target from `targets` in asstctl.yaml."
)
SHARED_BUNDLE = Code(
    "shared-bundle",
    "{} is the bundle of two targets",
    "Give each target a `bundle` of its own.",
)
TARGET_NOT_CHOSEN = Code(
    "target-not-chosen",
    "no target is chosen",
    "Pass --target NAME, or set `target` in asstctl.yaml.",
)
UNKNOWN_VECTOR_STORE = Code(
    "unknown-vector-store", 'unknown vector store "{}"', "Write its manifest, or correct the key."
)
UNKNOWN_ENVIRONMENT = Code(
    "unknown-environment", 'unknown environment "{}"', "Write its manifest, or correct the key."
)
UNKNOWN_CITATION = Code(
    "unknown-citation",
    "no file to cite: {}",
    "Name a file that the assistant or the case has: its name, or its path in the project.",
)
UNKNOWN_FUNCTION = Code(
    "unknown-function", 'unknown function "{}"', "Name a function among the assistant's tools."
)
NO_PRICE = Code(
    "no-price",
    "no price for {}",
    "Write `prices: prices.yaml` into asstctl.yaml, and what the model costs into that file.",
)
NO_EMBEDDINGS = Code(
    "no-embeddings",
    "no embeddings on target {}",
    "Write `embeddings: {base_url: ..., name: ...}` for it, or for the case `targets: [...]`.",
)

# Resources beside each other
KEY_NEEDED = Code(
    "key-needed", "a key is needed", "Give every document of a file with several a `key`."
)
DUPLICATE_KEY = Code("duplicate-key", 'duplicate key "{}"', "Give one of the two another key.")
DUPLICATE_TOOL = Code("duplicate-tool", "duplicate tool {}", "Keep one of the two.")
DUPLICATE_CASE = Code("duplicate-case", 'duplicate case "{}"', "Give one of the two another name.")
CLASHING_PREVIOUSLY = Code(
    "clashing-previously",
    'previous key "{}" is taken',
    "A key that is in use, or that another resource claims, cannot be a former one.",
)

# What an API can express
NOT_EXPRESSIBLE = Code(
    "not-expressible",
    "{} cannot be expressed",
    "Write `overrides: {TARGET: {FIELD: ...}}`: what that target has instead, or null.",
)
LOST_ON_TARGET = Code(
    "lost-on-target",
    "{} is lost",
    "Write `overrides: {TARGET: {FIELD: null}}` if it may be.",
    Severity.WARNING,
)
REFUSED_BY_MODEL = Code(
    "refused-by-model",
    "{} is refused by reasoning models",
    "Write `overrides: {TARGET: {FIELD: null}}`, or choose another model.",
    Severity.WARNING,
)

# Secrets
LITERAL_SECRET = Code(
    "literal-secret",
    "a secret is written into {}",
    "Write ${env.NAME}, set that variable, and replace the secret: it may have been seen.",
)
BAD_SECRET = Code(
    "bad-secret",
    "the environment variable {} cannot be sent as a secret",
    "Set it again, to the secret alone: one line of visible ASCII characters.",
)
POSSIBLE_SECRET = Code(
    "possible-secret",
    "this looks like a secret",
    "Take it out and replace it where it was issued, if it is one.",
    Severity.WARNING,
)

ALL: tuple[Code, ...] = tuple(
    sorted(
        (value for value in list(globals().values()) if isinstance(value, Code)),
        key=lambda code: code.name,
    )
)
BY_NAME = {code.name: code for code in ALL}
