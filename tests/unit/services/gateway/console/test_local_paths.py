"""Where a browser may be sent after a login."""

import pytest

from services.gateway.console.local_paths import HOME, LONGEST, local_path


@pytest.mark.parametrize("path", ["/", "/tickets", "/tickets?location=%C3%89vry&from=2026-01-01", "/a//b"])
def test_a_path_of_this_site_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tickets",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "/tickets\r\nSet-Cookie: a=b",
        "https:elsewhere.example",
        "javascript:alert(1)",
        " //elsewhere.example",
        "/é",
        "/" + "a" * LONGEST,
    ],
)
def test_everything_else_leads_home(path: str) -> None:
    assert local_path(path) == HOME
