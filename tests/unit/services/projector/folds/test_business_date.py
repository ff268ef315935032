"""Journal dates."""

from services.projector.folds.business_date import business_date
from shared.clock import instant
from tests.unit.services.projector.folds.story import event, opened, updated


def test_the_journal_date_is_the_business_date_or_else_when_the_event_was_sent() -> None:
    opening = opened("2016-05-26T10:00:00.000+02:00")
    message = event("MessageAdded", message="un", messageAddedDate="2016-05-26T10:10:00.000+02:00")
    update = updated("2016-05-26T10:00:00.000+02:00", sent="2016-05-26T09:00:00.000Z")
    assert [business_date(each) for each in (opening, message, update)] == [
        instant("2016-05-26T08:00:00.000Z"),
        instant("2016-05-26T08:10:00.000Z"),
        instant("2016-05-26T09:00:00.000Z"),
    ]
