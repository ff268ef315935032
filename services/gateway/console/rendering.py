"""Renders the console's templates: data in, HTML out, with every text escaped. Pure."""

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

from services.gateway.console import writing
from services.gateway.console.languages import LANGUAGES, TEXTS


@cache
def _environment(language: str) -> Environment:
    """Return the environment of a language: its texts, and filters that write dates and numbers in it."""
    texts = TEXTS[language]
    folder = files(__package__) / "templates"
    templates = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    environment = Environment(
        loader=DictLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {"t": texts, "language": language}
    for write in (
        writing.moment,
        writing.clock,
        writing.day,
        writing.short_day,
        writing.duration,
        writing.count,
        writing.rate,
    ):
        environment.filters[write.__name__] = lambda value, write=write: write(texts, value)
    environment.filters["cut"] = writing.cut
    return environment


def prepare() -> None:
    """Compile all templates in all languages, so that no request waits for it."""
    for language in LANGUAGES:
        environment = _environment(language)
        for template in environment.list_templates():
            environment.get_template(template)


def rendered(template: str, language: str, **data: Any) -> bytes:
    """Return the page or the part of a page that `template` makes of `data`, in UTF-8."""
    return _environment(language).get_template(template).render(data).encode()
