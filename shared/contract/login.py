"""The body of `POST /api/v1/login`."""

from pydantic import Field

from shared.contract.record import Record


class LoginRequest(Record):
    """Account and secret; the secret does not show in the record's text."""

    login: str
    password: str = Field(repr=False)
