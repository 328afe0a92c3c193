"""What may be shown of a text that holds a secret: laws of masking, whatever the secret is."""

import html
import json
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st

from asstctl.model.json import JsonValue
from asstctl.model.sensitive import MASK, Sensitive, spellings, without

LONG = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=8, max_size=40)
ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(LONG, ANY, ANY)
def test_a_long_secret_is_masked_wherever_it_stands_and_however_it_is_spelled(
    secret: str, before: str, after: str
) -> None:
    assume("*" not in secret)
    for spelled in (
        secret,
        json.dumps({"a": secret}),
        repr(secret),
        repr(secret.encode()),
        quote(secret),
        html.escape(secret),
    ):
        shown = without(f"{before}{spelled}{after}", frozenset({secret}))

        assert MASK in shown
        assert not any(spelling in shown for spelling in spellings(secret))


@given(ANY, ANY)
def test_a_field_of_its_own_shows_nothing_of_the_shortest_secret(secret: str, around: str) -> None:
    text = f"{around}{secret}"
    sensitive = Sensitive(frozenset({secret}), {text: f"{around}{MASK}", secret: MASK})

    assert sensitive.text(secret) == MASK
    assert sensitive.value({"a": [secret, 1, None, True]}) == {"a": [MASK, 1, None, True]}


def test_a_short_secret_is_masked_as_a_word_and_an_ordinary_word_only_in_its_field() -> None:
    sensitive = Sensitive(frozenset({"aB3x", "prod", "7", "high"}), {"prod": MASK})

    assert sensitive.text("is it aB3x? (aB3x)") == "is it ***? (***)"
    assert sensitive.text("aB3xylophone") == "aB3xylophone"
    assert sensitive.text("products of 7 high mountains") == "products of 7 high mountains"
    assert sensitive.text("prod") == MASK


def test_the_lines_of_a_secret_are_secrets() -> None:
    sensitive = Sensitive(frozenset({"-- key --\nMIIEowIBAAKCAQEA7\n-- end --\n"}))

    assert sensitive.text("it says MIIEowIBAAKCAQEA7, you know") == "it says ***, you know"


def test_what_was_there_before_a_secret_is_one_too() -> None:
    sensitive = Sensitive(frozenset({"new-Secret1"}), {"pw new-Secret1": "pw ***"})

    def beside(value: JsonValue, desired: JsonValue) -> JsonValue:
        return sensitive.beside(value, desired)

    assert beside("pw old", "pw new-Secret1") == MASK
    assert beside("pw new-Secret1", "pw new-Secret1") == "pw ***"
    assert beside(None, "pw new-Secret1") is None
    assert beside("old", "new") == "old"
    assert beside(["a", "old"], ["a", "pw new-Secret1"]) == MASK
    both = {"a": "pw new-Secret1", "b": "plain"}
    assert beside({"a": "pw old", "b": "x", "c": "y"}, both) == {"a": MASK, "b": "x", "c": "y"}


@given(LONG, st.lists(st.integers(1, 5), max_size=30))
def test_a_text_that_goes_on_never_shows_the_beginning_of_a_secret(
    secret: str, cuts: list[int]
) -> None:
    assume("*" not in secret)
    sensitive = Sensitive(frozenset({secret}))
    text = f"{secret[:-1]} {secret}{secret} and on"
    shown, held = "", ""
    for cut in [*cuts, len(text)]:
        piece, text = text[:cut], text[cut:]
        held += piece
        length = sensitive.settled(held)
        shown, held = shown + sensitive.text(held[:length]), held[length:]
    shown += sensitive.text(held)

    assert secret not in shown
    assert shown.endswith(" and on")
    assert MASK in shown


def test_each_text_of_a_body_is_masked_also_where_it_is_cut() -> None:
    text = json.dumps({"name": 'A"b', "list": ["x", 'A"b'], "more": 'pw\\A"b \u00e9'})
    sensitive = Sensitive(frozenset({'A"b'}), {'A"b': MASK, 'pw\\A"b \u00e9': "pw *** \u00e9"})

    whole = json.loads(sensitive.body(text))
    assert whole == {"name": MASK, "list": ["x", MASK], "more": "pw *** \u00e9"}
    for end in range(len(text)):
        shown = sensitive.body(text[:end])
        assert "A" not in shown
        assert not shown.endswith("\\")
    assert sensitive.body('he said "A') == 'he said "A', "this is no JSON"


def test_nothing_is_shown_of_what_is_sensitive_itself() -> None:
    assert "hunter2" not in repr(Sensitive(frozenset({"hunter2"}), {"hunter2": MASK}))
