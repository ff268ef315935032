"""TLS certificates for tests, made with OpenSSL."""

import asyncio
from pathlib import Path


async def self_signed(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Create a self-signed certificate for `name` and 127.0.0.1; return the files of certificate and key."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subject = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:127.0.0.1,DNS:{name}")
    files = ("-keyout", str(key), "-out", str(certificate))
    making = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject, *files
    )
    assert await making.wait() == 0
    return certificate, key
