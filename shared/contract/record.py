"""What all records of the contract have in common."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A JSON object: attributes carry the wire's own names, unknown fields are dropped, null reads as absent.

    Nothing is converted from another JSON type, and nothing changes once it is made.
    """

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)
