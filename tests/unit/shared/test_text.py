"""Folding of texts: as the contract says, letter by letter, in linear time."""

import sys
import unicodedata
from random import Random

import pytest

from shared.text import _LETTERS, _LETTERS_KEPT, INDEXED_LETTERS, LONGEST, fold, label, words
from tests.support.measures.growth import assert_linear

DISORDERED = "\u0315\u0300"
"""Two marks whose order Unicode's normalization reverses."""
EVERY_LETTER = [chr(code) for code in range(sys.maxunicode + 1)]


def defined(text: str) -> str:
    """Fold the whole text at once, as the contract defines it."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    unmarked = "".join(letter for letter in decomposed if not unicodedata.category(letter).startswith("M"))
    return unmarked.replace("œ", "oe").replace("æ", "ae").strip()


def test_every_letter_is_folded_as_defined_alone_and_between_others() -> None:
    for letter in EVERY_LETTER:
        assert fold(letter) == defined(letter)
        between = f"o{letter}\u0301x"
        assert fold(between) == defined(between)
    assert len(_LETTERS) <= _LETTERS_KEPT


def test_rows_of_any_letters_are_folded_as_defined() -> None:
    chance = Random(1)  # noqa: S311 - the same texts each time
    moved = [letter for letter in EVERY_LETTER if unicodedata.combining(letter)]
    for _ in range(3_000):
        row = "".join(chance.choices(moved, k=10) + chance.choices(EVERY_LETTER, k=5) + chance.choices("aΣœÆé \n", k=5))
        shuffled = "".join(chance.sample(row, len(row)))
        assert fold(shuffled) == defined(shuffled)


def test_long_texts_with_few_letters_beyond_ascii_are_folded_as_defined() -> None:
    chance = Random(2)  # noqa: S311 - the same texts each time
    for _ in range(300):
        letters = chance.choices(EVERY_LETTER, k=20) + chance.choices("aZ09 ,é", k=3_000)
        text = "".join(chance.sample(letters, len(letters)))
        assert fold(text) == defined(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Saint-Étienne", ["saint", "etienne"]),
        ("L'Haÿ-les-Roses", ["l", "hay", "les", "roses"]),
        ("Sœur Ænne ŒUVRE ǽ", ["soeur", "aenne", "oeuvre", "ae"]),
        ("nº\u00a02_b", ["no", "2", "b"]),
        ("\ufb01n ½ ①", ["fin", "1", "2", "1"]),
        (" -- ", []),
    ],
)
def test_words_are_runs_of_folded_letters_and_digits(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_words_are_found_up_to_the_length_of_the_largest_body() -> None:
    assert words("x" * (LONGEST - 4) + " fin " + "y")[-1] == "fin"
    assert words("x" * (LONGEST - 4) + " finir")[-1] == "fin"
    assert sum(map(len, words("\ufdfa" * 78_000))) < LONGEST


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("  Saint-Étienne ", "saint etienne"),
        ("CHAUFFAGE / Chauffage, HS", "chauffage chauffage hs"),
        ("Cœuvres", "coeuvres"),
        (" _-_ ", ""),
        ("x" * 250, "x" * INDEXED_LETTERS),
        ("xy " * 100, "xy " * 66 + "xy"),
        ("\u0301" * 1_000 + "Lille", "lille"),
    ],
)
def test_a_label_is_its_words_up_to_200_letters(text: str, compared: str) -> None:
    assert label(text) == compared


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(DISORDERED * 15_000, id="disordered marks"),
        pytest.param("\ufdfa" * 10_000, id="letters that become eighteen"),
        pytest.param("Σ\u0301" * 20_000, id="capitals before marks"),
        pytest.param("é-" * 20_000, id="short words"),
    ],
)
def test_time_is_linear_in_the_text(text: str) -> None:
    assert_linear(lambda times: label(text * times))
    assert_linear(lambda times: fold(text * times))
