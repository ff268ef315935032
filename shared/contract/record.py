"""The base class of all records of the contract."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A JSON object. Attributes have the names of its fields; unknown fields are ignored; null means absent.

    Values are not converted from another JSON type. A record is immutable.
    """

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)
