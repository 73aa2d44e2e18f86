"""A server that speaks S3: moto's, over real HTTP, in a process of its own on a free port.

It is no double of ours but somebody else's implementation; AWS, MinIO or Ceph are not tried here.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import boto3

from config import processes
from tests.e2e.waiting import wait_for

BACKEND = "reports.buckets.Bucket"
REGION = "us-east-1"
STARTS_WITHIN_S = 60.0
KEYS = {"access_key": "parley", "secret_key": "not-a-secret"}


class S3Server:
    """The running server: ended by `stop`, and with this process in any case."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath},
            preexec_fn=processes.leash(signal.SIGKILL),  # noqa: PLW1509  (one thread)
        )
        wait_for(self._answers, timeout_s=STARTS_WITHIN_S, what="the S3 server answers")

    def stop(self) -> None:
        """End it; nothing of what it held is kept."""
        self._process.kill()
        self._process.wait()

    def client(self) -> Any:
        """Somebody who may do everything in every bucket."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=KEYS["access_key"],
            aws_secret_access_key=KEYS["secret_key"],
        )

    def new_bucket(self, *, is_locked: bool = False) -> str:
        """An empty bucket; `is_locked`: what is in it can't be deleted for a year."""
        name = f"parley-{uuid4().hex}"
        client = self.client()
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=is_locked)
        if is_locked:
            rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}}
            client.put_object_lock_configuration(
                Bucket=name,
                ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
            )
        return name

    def deny(self, bucket: str) -> None:
        """From now on nobody reads, writes or deletes an object there."""
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        self.client().put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """The server takes connections, and answers nothing."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def storage(self, bucket: str, **options: Any) -> dict[str, Any]:
        """The setting that names `bucket`."""
        given = {"bucket": bucket, "endpoint_url": self.url, "region": REGION, **KEYS, **options}
        return {"BACKEND": BACKEND, "OPTIONS": given}

    def _answers(self) -> bool:
        assert self._process.poll() is None, "the S3 server ended while starting"
        try:
            with urllib.request.urlopen(f"{self.url}/moto-api/", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
