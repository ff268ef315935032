from services.gateway.tickets import with_journal


def test_the_journal_is_added_by_day() -> None:
    entries = [("2016-05-26", b'{"n":1}'), ("2016-05-26", b'{"n":2}'), ("2016-05-27", b'{"n":3}')]
    assert with_journal(b'{"uid":"a"}', entries) == (
        b'{"uid":"a","journal":[{"day":"2016-05-26","events":[{"n":1},{"n":2}]},{"day":"2016-05-27","events":[{"n":3}]}]}'
    )


def test_a_journal_without_entries_is_an_empty_list() -> None:
    assert with_journal(b'{"uid":"a"}', []) == b'{"uid":"a","journal":[]}'
