"""The contract's tables, and a common description of the fields of tables and models, to compare both."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import yaml

from shared import contract
from shared.contract import Record

CONTRACT = Path(__file__).parents[2] / "docs" / "contract"


def table(name: str) -> dict[str, Any]:
    """Return one of the contract's tables."""
    content: dict[str, Any] = yaml.safe_load((CONTRACT / "tables" / f"{name}.yaml").read_text())
    return content


MODELS = table("models")["types"]
COMMANDS = table("commands")["commands"]
EVENTS = table("events")["events"]
VIEWS = table("views")["views"]
ERRORS = table("errors")


class Shape(NamedTuple):
    """The description of one field, from a table or a model."""

    type: str
    required: bool
    const: str | None = None
    list: bool = False
    map: bool = False
    nullable: bool = False


_TEXT_TYPES = (
    (contract.TextList, Shape("String", required=True, list=True)),
    (contract.Texts, Shape("String", required=True, map=True)),
    (contract.TextLists, Shape("String", required=True, map=True, list=True)),
    (contract.NullableTexts, Shape("String", required=True, map=True, nullable=True)),
)


def shapes_of_table(fields: Mapping[str, Mapping[str, Any]], **tag: str) -> dict[str, Shape]:
    """Return the shapes of a table's fields, in order; `tag` is the discriminator and the variant's name."""
    shapes = {
        name: Shape(
            type=field["type"],
            required=field["required"],
            const=field.get("const"),
            list=field.get("list", False),
            map=field.get("map", False),
            nullable=field.get("nullable_values", False),
        )
        for name, field in fields.items()
    }
    return shapes | {name: Shape("String", required=True, const=variant) for name, variant in tag.items()}


def shapes_of_model(model: type[Record]) -> dict[str, Shape]:
    """Return the shapes of a model's fields, in the order in which they are written."""
    return {
        name: _shape(model.__annotations__[name], field.is_required()) for name, field in model.model_fields.items()
    }


def members(union: Any) -> Iterator[Any]:
    """Yield the variants of a union without their annotations."""
    for member in get_args(_bare(union)):
        yield _bare(member)


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _shape(hint: Any, required: bool) -> Shape:
    if get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint):
        hint = Union[tuple(arg for arg in get_args(hint) if arg is not NoneType)]  # noqa: UP007
    for text_type, described in _TEXT_TYPES:
        if hint == text_type:
            return described._replace(required=required)
    if get_origin(hint) is list:
        return Shape(_name(get_args(hint)[0]), required, list=True)
    if get_origin(hint) is Literal and len(get_args(hint)) == 1:
        return Shape("String", required, const=str(*get_args(hint)))
    return Shape(_name(hint), required)


def _name(hint: Any) -> str:
    if hint == contract.UtcDateTime:
        return "DateTime"
    return next(str(name) for name in MODELS if getattr(contract, name) == hint)
