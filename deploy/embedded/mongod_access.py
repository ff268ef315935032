"""Access to the embedded MongoDB: one user, whose password is made at the first start.

The key of the replica set is made together with it. A client with the key is a member, and may set the user's password.
This works for new files, for files without a password, and for files whose password is lost.
"""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.data_folder import written_in
from shared.mongo import Client, Document, OperationFailure

USER = "ticketstream"
MEMBER = "__system"
"""The user that members of a replica set use to log in to each other, with the key as password."""
PASSWORD_FILE, KEY_FILE = "ticketstream.password", "ticketstream.key"
BYTES = 32
OWNER_ALONE = 0o600
USER_NOT_FOUND = 11


@dataclass(frozen=True, slots=True)
class MongoAccess:
    """The password of `USER`, and the key of the replica set in `key_file`."""

    password: str = field(repr=False)
    key: str = field(repr=False)
    key_file: Path

    @property
    def user(self) -> str:
        """Return the part of a client's URL before the host."""
        return f"{USER}:{self.password}@"

    @property
    def member(self) -> str:
        """Return the part of a member's URL before the host; such a URL needs `authSource=local`."""
        return f"{MEMBER}:{self.key}@"


def access(files: Path) -> MongoAccess:
    """Return the access to the MongoDB whose files are in `files`; make password and key if they do not exist.

    They are kept beside these files, so that a copy of the files includes them. Raises `StartError`.
    """
    key_file = files / KEY_FILE
    with written_in(files):
        password = _kept(files / PASSWORD_FILE, secrets.token_urlsafe(BYTES))
        key = _kept(key_file, secrets.token_hex(BYTES))  # mongod also reads base64, but a URL does not
    return MongoAccess(password, key, key_file)


async def set_password(client: Client, access: MongoAccess) -> None:
    """Set the password of `USER` in the database to that of `access`; raises `PyMongoError`.

    `client` must be logged in as a member of the replica set.
    """
    rights: Document = {"pwd": access.password, "roles": ["root"]}
    try:
        await client.admin.command({"updateUser": USER} | rights)
    except OperationFailure as refusal:
        if refusal.code != USER_NOT_FOUND:
            raise
        await client.admin.command({"createUser": USER} | rights)


def _kept(file: Path, fresh: str) -> str:
    """Return the secret in `file`; write `fresh` if the file is missing, or empty after a power cut."""
    file.touch(mode=OWNER_ALONE)
    file.chmod(OWNER_ALONE)  # mongod refuses a key that others can read
    if kept := file.read_text().strip():
        return kept
    file.write_text(fresh)
    return fresh
