"""Variants of unions that no example file contains."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from shared import contract
from shared.contract import Aggregation, NestedTermAggregation, TermAggregation, dump
from tests.contract.shapes import MODELS

EXAMPLES = {
    variant: (name, shape["example"])
    for name, entry in MODELS.items()
    for variant, shape in entry.get("variants", {}).items()
    if "example" in shape
}


def test_the_table_has_examples_of_its_own() -> None:
    assert set(EXAMPLES) == {"Fax", "Mail", "UnClassifiedPersona", "Purpose"}


@pytest.mark.parametrize("variant", EXAMPLES)
def test_a_variant_is_recognised_by_its_tag_and_written_back_equal(variant: str) -> None:
    union, example = EXAMPLES[variant]
    record = TypeAdapter[Any](getattr(contract, union)).validate_json(json.dumps(example))
    assert type(record) is getattr(contract, variant)
    assert json.loads(dump(record)) == example


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"value": "OPENED", "count": 3}, TermAggregation(value="OPENED", count=3)),
        ({"value": "u", "count": 3, "label": "Nord"}, NestedTermAggregation(value="u", count=3, label="Nord")),
    ],
)
def test_a_label_makes_an_aggregation_a_nested_one(body: dict[str, Any], expected: Any) -> None:
    adapter = TypeAdapter[Any](Aggregation)
    assert adapter.validate_json(json.dumps(body)) == adapter.validate_python(expected) == expected
