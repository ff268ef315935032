"""An exported ticket is put together from stored bytes."""

from shared.read_model.exported_ticket import commentary_export, exported_commentary, exported_ticket


def test_commentaries_are_added_to_an_exported_ticket() -> None:
    texts = [
        exported_commentary({"commentary": commentary_export(date), "message": message})
        for date, message in (("d1", b'"one"'), ("d2", b'"two"'))
    ]
    assert exported_ticket(b'{"uid":"a"}', texts) == (
        b'{"uid":"a","freeCommentaries":[{"date":"d1","message":"one"},{"date":"d2","message":"two"}]}'
    )
    assert exported_ticket(b'{"uid":"a"}', []) == b'{"uid":"a","freeCommentaries":[]}'
