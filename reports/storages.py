"""A storage as a setting names it (EVIDENCE_STORAGE, AUDIT_ANCHOR_STORAGE): made once in a process,
since connecting to a bucket costs a tenth of a second."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.core.files.storage import Storage, StorageHandler


def storage_of(setting: Mapping[str, Any]) -> Storage:
    """What BACKEND and OPTIONS say, as in Django's STORAGES."""
    return _made(json.dumps(setting, sort_keys=True, default=str))


@cache
def _made(setting: str) -> Storage:
    return StorageHandler({"named": json.loads(setting)})["named"]
