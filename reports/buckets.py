"""A Django storage over a bucket that speaks S3: written once, and nobody waits for ever.

Every failure is the `OSError` that a disk would raise, so that nobody asks which of the two it is:

    OSError                 away, or an answer nobody expected; a retry may help
    ├── FileNotFoundError   there is no such object
    ├── FileExistsError     there is one already: it stays as it is
    ├── PermissionError     the keys don't allow it; a retry helps after somebody has changed that
    └── TimeoutError        too slow

Named in settings by its path (EVIDENCE_STORAGE, AUDIT_ANCHOR_STORAGE), and imported only then: it
wants the extra `s3`.
"""

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import IO, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 5.0
ATTEMPTS = 2
BODY_TIMEOUT_S = 20.0
"""For all of an object: one that trickles never meets the time-out of a single read."""
PIECE_BYTES = 64 * 1024
PAGE_OBJECTS = 1000


class Bucket(Storage):
    """The objects of one bucket, or those below `prefix` in it.

    `endpoint_url` is empty for AWS. Without `access_key` and `secret_key` they come from where the
    SDK looks for them: environment, instance role.
    """

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str = "",
        endpoint_url: str = "",
        region: str = "",
        access_key: str = "",
        secret_key: str = "",
        read_timeout_s: float = READ_TIMEOUT_S,
        body_timeout_s: float = BODY_TIMEOUT_S,
        page_objects: int = PAGE_OBJECTS,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._endpoint_url = endpoint_url
        self._region = region
        self._access_key = access_key
        self._secret_key = secret_key
        self._read_timeout_s = read_timeout_s
        self._body_timeout_s = body_timeout_s
        self._page_objects = page_objects

    @cached_property
    def _client(self) -> Any:
        # What isn't said here may come from the environment, but never how long to wait.
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=self._read_timeout_s,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            s3={"addressing_style": "path" if self._endpoint_url else "auto"},
            # Stores that are not Amazon's know MD5, and not all of them the newer sums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        session = boto3.session.Session(
            aws_access_key_id=self._access_key or None,
            aws_secret_access_key=self._secret_key or None,
            region_name=self._region or None,
        )
        return session.client("s3", endpoint_url=self._endpoint_url or None, config=config)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: nothing is put under another one than was asked for."""
        return name

    def exists(self, name: str) -> bool:
        try:
            self._head(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        return int(self._head(name)["ContentLength"])

    def get_modified_time(self, name: str) -> datetime:
        found: datetime = self._head(name)["LastModified"]
        return found

    def delete(self, name: str) -> None:
        """Delete it; nothing happens where nothing is."""
        with _as_on_a_disk(name):
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Folders and objects right below `path`; empty lists where nothing is."""
        below = self._key(path.strip("/") + "/" if path.strip("/") else "")
        folders: list[str] = []
        names: list[str] = []
        with _as_on_a_disk(path):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket,
                Prefix=below,
                Delimiter="/",
                PaginationConfig={"PageSize": self._page_objects},
            )
            for page in pages:
                for folder in page.get("CommonPrefixes", []):
                    folders.append(folder["Prefix"].removeprefix(below).rstrip("/"))
                for item in page.get("Contents", []):
                    names.append(item["Key"].removeprefix(below))
        return folders, names

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        if mode != "rb":
            raise ValueError("objects are read whole and written once")
        with _as_on_a_disk(name):
            found = self._client.get_object(Bucket=self._bucket, Key=self._key(name))
            end_s = time.monotonic() + self._body_timeout_s
            pieces = bytearray()
            for piece in found["Body"].iter_chunks(PIECE_BYTES):
                pieces += piece
                if time.monotonic() > end_s:
                    found["Body"].close()
                    raise TimeoutError(f"the store takes too long to hand {name} over")
        return ContentFile(bytes(pieces), name=name)

    def _save(self, name: str, content: IO[Any]) -> str:
        data: bytes = content.read()
        # Asked first, since not every store that speaks S3 knows the condition below.
        if self.exists(name):
            raise FileExistsError(f"{name} is there already")
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        with _as_on_a_disk(name):
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(name),
                Body=data,
                # Also what buckets with a lock ask for.
                ContentMD5=base64.b64encode(digest).decode(),
                IfNoneMatch="*",
            )
        return name

    def _head(self, name: str) -> Any:
        with _as_on_a_disk(name):
            return self._client.head_object(Bucket=self._bucket, Key=self._key(name))

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}"


@contextmanager
def _as_on_a_disk(name: str) -> Iterator[None]:
    """The SDK's errors as those of a disk; what they say may name keys and addresses, and is not
    repeated."""
    try:
        yield
    except ClientError as error:
        raise _error(error, name) from None
    except (ConnectTimeoutError, ReadTimeoutError):
        raise TimeoutError(f"the store does not answer in time about {name}") from None
    except (BotoCoreError, HTTPClientError) as error:
        raise OSError(f"the store can't be reached: {type(error).__name__}") from None


def _error(error: ClientError, name: str) -> OSError:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = error.response.get("Error", {}).get("Code", "")
    if code == "NoSuchBucket":
        # Not "nothing there": a bucket that went must not look like evidence that was destroyed.
        return OSError("the store has no such bucket")
    match status:
        case HTTPStatus.NOT_FOUND:
            return FileNotFoundError(f"the store has no {name}")
        case HTTPStatus.FORBIDDEN | HTTPStatus.UNAUTHORIZED:
            return PermissionError(f"the store refuses access to {name}")
        case HTTPStatus.PRECONDITION_FAILED | HTTPStatus.CONFLICT:
            return FileExistsError(f"{name} is there already")
    return OSError(f"the store answered {status} about {name}")
