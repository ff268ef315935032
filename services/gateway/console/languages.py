"""The languages of the console: one table of texts each, and which one a request gets. Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Final

COOKIE: Final = "console_language"
"""The cookie that keeps a chosen language. It holds nothing else, and nothing is decided by it."""
REMEMBERED_SECONDS: Final = 365 * 86_400
LANGUAGES: Final = ("en", "fr")
"""The languages; the first one is for those who ask for no other."""

_RANGE = re.compile(r"\s*([a-zA-Z]{1,8}|\*)(?:-[a-zA-Z0-9-]{1,40})?\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")
MOST_RANGES: Final = 50

Texts = Mapping[str, str]


def _read(language: str) -> Texts:
    table = files(__package__) / "texts" / f"{language}.json"
    texts: dict[str, str] = json.loads(table.read_text(encoding="utf-8"))
    return texts


TEXTS: Final[Mapping[str, Texts]] = {language: _read(language) for language in LANGUAGES}
"""The texts of each language by key. All languages have the same keys."""


def language_of(cookies: Iterable[str], accepted: str) -> str:
    """Return the language that a cookie keeps, else the one that `Accept-Language` prefers."""
    pairs = (pair.strip().partition("=") for header in cookies for pair in header.split(";"))
    kept = (value for name, _, value in pairs if name == COOKIE and value in LANGUAGES)
    return next(kept, None) or preferred(accepted)


def preferred(accepted: str) -> str:
    """Return the language that an `Accept-Language` prefers (RFC 9110, 12.5.4); the first one if it names none."""
    weights: dict[str, float] = {}
    for part in accepted.split(",", MOST_RANGES)[:MOST_RANGES]:
        if match := _RANGE.fullmatch(part):
            language = match[1].lower()
            weights[language] = max(float(match[2] or 1), weights.get(language, 0))
    others = weights.get("*", 0)
    best = max(LANGUAGES, key=lambda language: weights.get(language, others))
    return best if weights.get(best, others) > 0 else LANGUAGES[0]


def language_cookie(language: str, *, secure: bool) -> str:
    """Return the `Set-Cookie` that keeps a chosen language for a year."""
    attributes = f"Path=/; Max-Age={REMEMBERED_SECONDS}; HttpOnly; SameSite=Lax"
    return f"{COOKIE}={language}; {attributes}{'; Secure' if secure else ''}"
