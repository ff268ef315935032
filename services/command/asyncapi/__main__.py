"""`python -m services.command.asyncapi`: print the document as it is kept in `docs/asyncapi.yaml`.

A developer's tool: nothing that runs needs PyYAML.
"""

import sys

import yaml

from services.command.asyncapi.document import document

HEAD = "# Made by `make documents` from the models; change those.\n"


class _Written(yaml.SafeDumper):
    """Writes every line of a text as a line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Written.add_representer(str, _text)

if __name__ == "__main__":
    sys.stdout.write(HEAD + yaml.dump(document(), Dumper=_Written, sort_keys=False, allow_unicode=True, width=120))
