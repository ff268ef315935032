from pathlib import Path

from services.cli.demo.setup import Account
from services.cli.demo.welcome import welcome

ACCOUNTS = [Account("demo", "operator", "secret"), Account("demo-reader", "reader", "hidden")]


def test_it_names_the_users_and_the_first_requests() -> None:
    assert welcome("http://127.0.0.1:8080", ACCOUNTS, certificate=None).splitlines() == [
        "Users, with new passwords:",
        "  demo         secret  (operator)",
        "  demo-reader  hidden  (reader)",
        "Log in, then list the tickets:",
        """  curl -c session.txt -H 'Content-Type: application/json' -d '{"login":"demo","password":"secret"}' """
        "http://127.0.0.1:8080/api/v1/login",
        "  curl -b session.txt http://127.0.0.1:8080/api/v1/tickets",
        "Or open the console in a browser: http://127.0.0.1:8080/",
        "The API is described at http://127.0.0.1:8080/api/docs",
    ]


def test_a_certificate_is_given_to_curl() -> None:
    said = welcome("https://127.0.0.1:8080", ACCOUNTS, Path("my files/cert.pem"))
    assert said.count("curl --cacert 'my files/cert.pem' ") == 2


def test_a_password_does_not_show_in_the_text_of_an_account() -> None:
    assert "secret" not in repr(ACCOUNTS[0])
