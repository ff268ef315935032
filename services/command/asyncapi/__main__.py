"""`python -m services.command.asyncapi`: print the document as it is kept in `docs/asyncapi.yaml`.

A developer's tool: nothing that runs needs PyYAML.
"""

import re
import sys

import yaml

from services.command.asyncapi.document import document

HEAD = "# Made by `make documents` from the models; change those.\n"


NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
"""A number to readers of YAML 1.2 (its core schema); PyYAML, which knows 1.1, takes `0199004512` for a text."""


class _Written(yaml.SafeDumper):
    """Writes every line of a text as a line, and quotes a text that either version of YAML takes for something else."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Written.add_representer(str, _text)
_Written.add_implicit_resolver("tag:yaml.org,2002:float", NUMBER, list("-+.0123456789"))

if __name__ == "__main__":
    sys.stdout.write(HEAD + yaml.dump(document(), Dumper=_Written, sort_keys=False, allow_unicode=True, width=120))
