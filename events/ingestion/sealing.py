"""Secrets at rest: sealed with a key that follows from SECRET_KEY, opened only to sign in.

Fernet: AES-128-CBC with HMAC-SHA256. Another SECRET_KEY cannot open what was sealed before; the secret is entered again
then.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from events.ingestion.faults import SourceError
from events.models.ingest import IngestionSource

#: other variables are not for sources: whoever may name one could have it sent anywhere
PREFIX = "OSIPI_SOURCE_"
PURPOSE = b"osipi: secrets of ingestion sources"


def seal(secret: str) -> str:
    return _fernet(settings.SECRET_KEY).encrypt(secret.encode()).decode() if secret else ""


def opened(source: IngestionSource) -> str:
    """The secret of a source; empty when it has none. A permanent SourceError names what is missing."""
    if source.secret_variable:
        if not source.secret_variable.startswith(PREFIX):
            raise SourceError(f"Variables for sources begin with {PREFIX}.", permanent=True)
        secret = os.environ.get(source.secret_variable, "")
        if not secret:
            raise SourceError(f"The environment variable {source.secret_variable} is not set.", permanent=True)
        return secret
    if not source.sealed:
        return ""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(source.sealed.encode()).decode()
    except InvalidToken:
        sentence = f"The secret of source '{source.name}' was sealed with another SECRET_KEY: enter it again."
        raise SourceError(sentence, permanent=True) from None


@lru_cache(maxsize=2)
def _fernet(secret_key: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
