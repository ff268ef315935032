"""`python -m services.command.asyncapi`: print the document that is kept in `docs/asyncapi.yaml`.

A tool for developers. The services do not need PyYAML.
"""

import re
import sys

import yaml

from services.command.asyncapi.asyncapi_document import document

HEAD = "# Made by `make documents` from the models; change those.\n"


NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
"""A number in YAML 1.2 (core schema). PyYAML knows only YAML 1.1, where `0199004512` is a text."""


class _Written(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and quotes each text that YAML 1.1 or 1.2 would read as another type."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Written.add_representer(str, _text)
_Written.add_implicit_resolver("tag:yaml.org,2002:float", NUMBER, list("-+.0123456789"))

if __name__ == "__main__":
    sys.stdout.write(HEAD + yaml.dump(document(), Dumper=_Written, sort_keys=False, allow_unicode=True, width=120))
