from pathlib import Path

import pytest

from deploy.embedded.mongod import checked
from deploy.embedded.start_error import StartError


def test_a_mongod_that_lacks_a_library_says_which_and_what_to_install(tmp_path: Path) -> None:
    mongod = tmp_path / "mongod"
    mongod.write_text(
        "#!/bin/sh\n"
        "echo 'mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file' >&2\n"
        "exit 127\n"
    )
    mongod.chmod(0o700)
    with pytest.raises(StartError, match=r"\(libcurl\.so\.4: cannot open .*\); it needs OpenSSL 3 and libcurl4"):
        checked(mongod)
