"""The models agree with the tables: each type, field and value, and nothing else."""

from typing import Any, get_args

import pytest

from shared import contract
from shared.contract import JOURNAL_DATA, EventType, NoData, Record
from tests.contract.shapes import COMMANDS, EVENTS, MODELS, VIEWS, Shape, members, shapes_of_model, shapes_of_table


def tables_of_records() -> dict[str, dict[str, Shape]]:
    """Return the fields of every record: commands, events, views, records and variants of unions."""
    plain = {name: entry for name, entry in MODELS.items() if entry["kind"] == "record" and "fields" in entry}
    tables = {name: shapes_of_table(entry["fields"]) for name, entry in (plain | COMMANDS | EVENTS | VIEWS).items()}
    for name, entry in MODELS.items():
        if name != "JournalEventData":
            for variant, shape in entry.get("variants", {}).items():
                tag = {entry["discriminator"]: variant} if entry["discriminator"] else {}
                if "fields" in shape:
                    tables[variant] = shapes_of_table(shape["fields"], **tag)
    return tables


RECORDS = tables_of_records()
ENUMS = {name: entry["values"] for name, entry in MODELS.items() if entry["kind"] == "enum"}
UNIONS = {
    name: entry["variants"] for name, entry in MODELS.items() if "variants" in entry and name != "JournalEventData"
} | {"IncrementTicket": [name for name in COMMANDS if name != "OpenTicket"], "TicketEvent": list(EVENTS)}


def test_the_contract_has_58_types_31_commands_and_31_events() -> None:
    assert (len(MODELS), len(COMMANDS), len(EVENTS)) == (58, 31, 31)


@pytest.mark.parametrize("name", MODELS)
def test_every_type_has_its_name(name: str) -> None:
    assert hasattr(contract, name)
    assert name in contract.__all__


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_has_exactly_the_fields_of_the_table_in_its_order(name: str) -> None:
    assert list(shapes_of_model(getattr(contract, name)).items()) == list(RECORDS[name].items())


def test_no_record_is_outside_the_tables() -> None:
    known = set(RECORDS) | {shape.__name__ for shape in JOURNAL_DATA.values()}
    assert {record.__name__ for record in Record.__subclasses__() if record.__module__.startswith("shared.")} == known


@pytest.mark.parametrize("name", ENUMS)
def test_an_enumeration_has_exactly_the_values_of_the_table(name: str) -> None:
    assert list(get_args(getattr(contract, name))) == ENUMS[name]


@pytest.mark.parametrize("name", UNIONS)
def test_a_union_has_exactly_the_variants_of_the_table(name: str) -> None:
    variants: list[Any] = list(members(getattr(contract, name)))
    assert variants == [getattr(contract, variant) for variant in UNIONS[name]]


@pytest.mark.parametrize("name", EVENTS)
def test_a_journal_entry_has_the_data_of_both_tables(name: EventType) -> None:
    data = JOURNAL_DATA[name]
    by_event = EVENTS[name]["journal"]["data"]
    by_type = MODELS["JournalEventData"]["variants"].get(name, {"fields": {}})["fields"]
    assert shapes_of_model(data) == shapes_of_table(by_event) == shapes_of_table(by_type)


def test_the_journal_has_no_entry_for_other_events() -> None:
    spoken = {name for name, data in JOURNAL_DATA.items() if data is not NoData}
    assert spoken == set(MODELS["JournalEventData"]["variants"])
