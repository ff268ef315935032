"""The body of `POST /api/v1/login`."""

from pydantic import Field

from shared.contract.record import Record


class LoginRequest(Record):
    """The login name and the password of an account. The `repr` does not show the password."""

    login: str
    password: str = Field(repr=False)
