"""Sealing of personal data at rest: AES-256-GCM, and a keyed blind index to look numbers up."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from campaigns.errors import CampaignError

_NONCE_BYTES = 12
_KEY_BYTES = 32


class VaultError(CampaignError):
    """Sealed data cannot be opened: the key is another one or the data was changed."""

    code = "vault"


class Vault:
    """Seals and opens byte strings under one master key.

    `purpose` is bound into each seal: data sealed for one purpose does not open for another.
    """

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != _KEY_BYTES:
            raise VaultError(f"the master key must be {_KEY_BYTES} bytes long")
        self._cipher = AESGCM(_derive(master_key, b"seal"))
        self._index_key = _derive(master_key, b"blind-index")

    @classmethod
    def from_file(cls, path: Path) -> Vault:
        """Open the key file, making one readable by its owner alone when there is none."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return cls(path.read_bytes())
            with os.fdopen(handle, "wb") as file:
                file.write(AESGCM.generate_key(8 * _KEY_BYTES))
        return cls(path.read_bytes())

    def seal(self, data: bytes, purpose: str) -> bytes:
        """Encrypt and authenticate `data`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Decrypt what `seal` made. Raises VaultError when it was changed or is not ours."""
        try:
            return self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode()
            )
        except InvalidTag as error:
            raise VaultError(
                f"sealed {purpose} does not open: restore the key file it was sealed with"
            ) from error

    def index(self, text: str) -> bytes:
        """Return the blind index of a number: equal numbers, equal index; not reversible
        without the key."""
        return hmac.new(self._index_key, text.encode(), hashlib.sha256).digest()


def _derive(master_key: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=label).derive(master_key)
