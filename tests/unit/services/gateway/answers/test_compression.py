import pytest

from services.gateway.answers.compression import takes_gzip


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("", False),
        ("identity", False),
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP", True),
        ("gzip;q=1.0, identity; q=0.5", True),
        ("gzip;q=0", False),
        ("br;q=1, gzip; q=0.000", False),
        ("gzip;q=0.001", True),
        ("bgzip", False),
    ],
)
def test_gzip_is_used_if_accepted_and_not_refused(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) is takes
