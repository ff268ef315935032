import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.answers.entity_tags import STREAMED
from services.gateway.answers.export_forms import CSV_FORM, CSV_WITH_BOM, JSON_FORM, ExportForm, chosen_form
from shared.contract.examples import examples
from shared.read_model.exported_ticket import commentary_export, exported_commentary, exported_ticket

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "application/*",
        "application/x-ndjson",
        "application/json, text/plain, */*",
        BROWSER,
        JAVA,
        "text/*",
        "text/csv;q=0",
        "text/csv, application/json",
        "text/csv;q=0.5, application/json;q=0.6",
        "text/csv;q=0.5, */*",
        "text/csv;q=2",
        "text/csv;q=x",
        "text/csv;q=-1",
        "text/csvs",
        "nonsense",
        ";;;,,,=",
    ],
)
def test_json_is_for_all_who_do_not_prefer_csv(accept: str) -> None:
    assert chosen_form(accept) is JSON_FORM


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/csv", CSV_FORM),
        ("TEXT/CSV ; Q=0.3", CSV_FORM),
        ("text/csv; charset=utf-8; header=present", CSV_FORM),
        ("text/csv, */*;q=0.8", CSV_FORM),
        ("text/csv, application/json;q=0.999", CSV_FORM),
        ("text/csv;q=0.5, application/json;q=0, */*", CSV_FORM),
        ("text/csv;q=0.1, text/csv;q=0.9, */*;q=0.5", CSV_FORM),
        ("text/csv;bom=1", CSV_WITH_BOM),
        ("application/json;q=0.1,text/csv; bom = 1;q=0.2", CSV_WITH_BOM),
        ("text/csv;bom=0", CSV_FORM),
    ],
)
def test_csv_is_for_those_who_name_it(accept: str, form: ExportForm) -> None:
    assert chosen_form(accept) is form


@given(st.text(st.characters(max_codepoint=255)) | st.text(st.sampled_from("text/csv;q=01.,* bom"), max_size=40))
def test_any_header_chooses_a_form(accept: str) -> None:
    assert chosen_form(accept) in (JSON_FORM, CSV_FORM, CSV_WITH_BOM)


def test_the_bytes_of_streams_are_those_of_their_version() -> None:
    """When these bytes change, add 1 to `STREAMED`: tags of streams must not stay the same then."""
    export = json.dumps({"uid": "u", "request": "a, b", "agencies": [{"uid": "n", "name": "N"}], "additionalDataz": {}})
    line = {"commentary": commentary_export("2016-05-26T08:10:00.000Z"), "message": b'"one"'}
    tickets = [exported_ticket(export.encode(), [exported_commentary(line), exported_commentary(line)])]

    def streamed(form: ExportForm) -> bytes:
        return form.opening + form.group(tickets) + form.between + form.group(tickets) + form.closing

    assert STREAMED == 1
    each = (
        b'{"uid": "u", "request": "a, b", "agencies": [{"uid": "n", "name": "N"}], "additionalDataz": {},'
        b'"freeCommentaries":[{"date":"2016-05-26T08:10:00.000Z","message":"one"},'
        b'{"date":"2016-05-26T08:10:00.000Z","message":"one"}]}'
    )
    assert streamed(JSON_FORM) == b'{"result":[%b,%b]}' % (each, each)
    row = (
        b'u,,,,,,,,N,n,,,,"a, b",,,,,,,,,,,,,,,,,,,,,,,,,,,'
        b"2016-05-26T08:10:00.000Z one; 2016-05-26T08:10:00.000Z one,\r\n"
    )
    header = (
        b"uid,ref,status,state,stateDate,created,updated,closed,agencies,agencyUids,patrimony,patrimonyUid,callPurpose,"
        b"request,caller,callerMedium,callerIdentifier,provider,providerUid,providerPhones,providerFax,providerEmails,"
        b"quality,street,complement,floor,unit,entrance,elevator,staircase,building,zipCode,city,addressState,country,"
        b"scheduledStart,scheduledEnd,interventionDeadline,formalNotice,formalNoticeDeadline,freeCommentaries,"
        b"additionalDataz\r\n"
    )
    assert streamed(CSV_FORM) == header + row + row
    assert streamed(CSV_WITH_BOM) == b"\xef\xbb\xbf" + header + row + row


def test_the_example_of_an_export_can_be_written_as_csv() -> None:
    ticket = json.dumps(examples()["view.export"]["result"][0]).encode()
    assert CSV_FORM.group([ticket]).startswith(b"ebf5b908-dc8d-cd22-02f8-8dc9bfc8c345,20163000er4,OPENED,")
