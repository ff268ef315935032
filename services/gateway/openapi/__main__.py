"""`python -m services.gateway.openapi`: print the document as it is kept in `docs/openapi.json`."""

import sys

from services.gateway.openapi.openapi_document import document, pretty

if __name__ == "__main__":
    sys.stdout.write(pretty(document()))
