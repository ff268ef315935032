"""Paths of this site that a browser may be sent to after a login. Pure."""

import re
from typing import Final

HOME: Final = "/tickets"
LONGEST: Final = 2_000
"""Letters of the longest path that is kept during a login."""

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def local_path(text: str) -> str:
    """Return `text` if it is a path of this site, else `HOME`.

    A text that begins with two slashes, or has a backslash or a control character, may mean another site to a browser.
    """
    return text if len(text) <= LONGEST and _LOCAL.fullmatch(text) else HOME
