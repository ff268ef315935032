"""The journal of a detail is put together from stored entries."""

from typing import Any

from shared.read_model.journal_by_day import commentary_entry, complete_entry, detail


def line(day: str, entry: bytes, **fields: Any) -> dict[str, Any]:
    return {"day": day, "entry": entry, **fields}


def test_the_journal_is_added_by_day() -> None:
    lines = [
        line("2016-05-26", b'{"n":1}'),
        line("2016-05-26", b'{"n":2}'),
        line("2016-05-27", commentary_entry("then"), message=b'"a text"'),
    ]
    assert detail(b'{"uid":"a"}', lines) == (
        b'{"uid":"a","journal":[{"day":"2016-05-26","events":[{"n":1},{"n":2}]},{"day":"2016-05-27","events":['
        b'{"eventName":"MessageAdded","date":"then","data":{"message":"a text"}}]}]}'
    )


def test_a_journal_without_entries_is_an_empty_list() -> None:
    assert detail(b'{"uid":"a"}', []) == b'{"uid":"a","journal":[]}'


def test_an_entry_without_a_message_is_complete() -> None:
    assert complete_entry(line("2016-05-26", b'{"n":1}')) == b'{"n":1}'
