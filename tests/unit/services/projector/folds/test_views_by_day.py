"""Days and order of the journal and of the commentaries."""

import pytest

from tests.unit.services.projector.folds.story import REFERENCED
from tests.unit.services.projector.folds.whole_views import OPENING, Told, local, shown, story


@pytest.mark.parametrize(
    "days",
    [
        pytest.param(
            {
                "2016-01-14": [("2016-01-14T23:59:59.999+01:00", "2016-01-14T22:59:59.999Z")],
                "2016-01-15": [("2016-01-15T00:00:00.000+01:00", "2016-01-14T23:00:00.000Z")],
            },
            id="midnight in winter",
        ),
        pytest.param(
            {
                "2016-07-14": [("2016-07-14T21:59:59.999Z", "2016-07-14T21:59:59.999Z")],
                "2016-07-15": [("2016-07-14T17:00:00.000-05:00", "2016-07-14T22:00:00.000Z")],
            },
            id="midnight in summer",
        ),
        pytest.param(
            {
                "2016-03-26": [("2016-03-26T23:59:59.999+01:00", "2016-03-26T22:59:59.999Z")],
                "2016-03-27": [
                    ("2016-03-27T00:00:00.000+01:00", "2016-03-26T23:00:00.000Z"),
                    ("2016-03-27T01:59:59.999+01:00", "2016-03-27T00:59:59.999Z"),
                    ("2016-03-27T03:00:00.000+02:00", "2016-03-27T01:00:00.000Z"),
                    ("2016-03-27T23:59:59.999+02:00", "2016-03-27T21:59:59.999Z"),
                ],
                "2016-03-28": [("2016-03-28T00:00:00.000+02:00", "2016-03-27T22:00:00.000Z")],
            },
            id="the day of 23 hours",
        ),
        pytest.param(
            {
                "2016-10-29": [("2016-10-29T23:59:59.999+02:00", "2016-10-29T21:59:59.999Z")],
                "2016-10-30": [
                    ("2016-10-30T00:00:00.000+02:00", "2016-10-29T22:00:00.000Z"),
                    ("2016-10-30T02:30:00.000+02:00", "2016-10-30T00:30:00.000Z"),
                    ("2016-10-30T02:30:00.000+01:00", "2016-10-30T01:30:00.000Z"),
                    ("2016-10-30T23:59:59.999+01:00", "2016-10-30T22:59:59.999Z"),
                ],
                "2016-10-31": [("2016-10-31T00:00:00.000+01:00", "2016-10-30T23:00:00.000Z")],
            },
            id="the day of 25 hours",
        ),
    ],
)
def test_the_journal_is_parted_at_the_midnights_of_paris(days: dict[str, list[tuple[str, str]]]) -> None:
    latest_first = [said for moments in reversed(days.values()) for said, _ in reversed(moments)]
    messages: list[Told] = [("MessageAdded", {"message": said, "messageAddedDate": said}) for said in latest_first]
    view = shown(story(*messages, opening=OPENING | {"openedDate": "2016-01-01T00:00:00.000Z"}))
    assert view.detail["journal"] == [
        {
            "day": day,
            "events": [
                {"eventName": "MessageAdded", "date": date, "data": {"message": said}} for said, date in moments
            ],
        }
        for day, moments in days.items()
    ]
    assert view.export["freeCommentaries"] == [
        {"date": date, "message": said} for moments in days.values() for said, date in moments
    ]
    assert view.item["updated"] == max(date for moments in days.values() for _, date in moments)


def test_lines_of_one_instant_keep_their_order() -> None:
    texts = ["un", "deux", "trois"]
    messages: list[Told] = [("MessageAdded", {"message": text, "messageAddedDate": local("20:00")}) for text in texts]
    accepted: Told = ("MissionAccepted", {"provider": REFERENCED, "comment": "", "date": local("17:11")})
    view = shown(story(accepted, *messages, ("ArrivedOnSite", {"provider": REFERENCED, "date": local("20:00")})))
    [day] = view.detail["journal"]
    assert [line["eventName"] for line in day["events"]] == ["MissionAccepted", *["MessageAdded"] * 3, "ArrivedOnSite"]
    assert [line["data"]["message"] for line in day["events"][1:4]] == texts
    assert [one["message"] for one in view.export["freeCommentaries"]] == texts
