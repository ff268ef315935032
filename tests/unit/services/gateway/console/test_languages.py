"""The texts of the console: the same keys in every language, and the language that a request gets."""

import re
from string import Formatter
from typing import get_args

import pytest

from services.gateway.console.languages import LANGUAGES, TEXTS, language_cookie, language_of, preferred
from services.gateway.console.rendering import rendered
from shared.contract.scalars import MediumType
from shared.contract.type_names import EventType
from tests.support.console import sources


def test_all_languages_have_the_same_keys_and_no_empty_text() -> None:
    keys = {language: set(texts) for language, texts in TEXTS.items()}
    assert keys == dict.fromkeys(LANGUAGES, keys[LANGUAGES[0]])
    assert [key for texts in TEXTS.values() for key, text in texts.items() if not text] == []


def test_a_text_names_the_same_things_in_all_languages() -> None:
    def named(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

    english, *others = TEXTS.values()
    for texts in others:
        assert {key: named(text) for key, text in texts.items()} == {key: named(text) for key, text in english.items()}


def test_every_event_and_medium_has_a_text() -> None:
    for texts in TEXTS.values():
        assert {f"event.{event}" for event in get_args(EventType)} <= set(texts)
        assert {f"medium.{medium}" for medium in get_args(MediumType)} <= set(texts)


def test_templates_and_code_name_only_texts_that_exist() -> None:
    whole = re.compile(r"""(?<!\w)t\["([a-z_.A-Z]+)"\]|texts\["([a-z_.]+)"\]|yield "([a-z_.]+)\"""")
    named = {next(filter(None, found)) for text in sources() for found in whole.findall(text)}
    assert len(named) > 80
    assert {key for key in named if not key.endswith(".")} <= set(TEXTS["en"])


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB,fr;q=0.9", "en"),
        ("de,fr;q=0.5,en;q=0.4", "fr"),
        ("de", "en"),
        ("*", "en"),
        ("en;q=0, *;q=0.1", "fr"),
        ("fr;q=0", "en"),
        ("FR", "fr"),
        ("fr;q=nonsense,<script>", "en"),
        ("x," * 10_000 + "fr", "en"),
    ],
)
def test_the_language_follows_what_the_browser_accepts(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


def test_a_chosen_language_is_kept_in_a_cookie() -> None:
    cookie = language_cookie("fr", secure=True)
    assert cookie == "console_language=fr; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure"
    assert language_of([f"PI_SESSION=x; {cookie}"], "en") == "fr"
    for other in ("console_language=de", "console_language=", "xconsole_language=fr", "console_language"):
        assert language_of([other], "en") == "en"


def test_a_page_says_its_language() -> None:
    for language in LANGUAGES:
        frame = {"here": "/", "path": "/", "is_user": False, "sees_platform": False, "code": 404, "message": ""}
        page = rendered("refused.html", language, **frame).decode()
        assert f'<html lang="{language}">' in page
        assert TEXTS[language]["refused.404"] in page
