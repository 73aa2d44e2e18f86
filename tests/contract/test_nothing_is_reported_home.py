"""What judges pictures tells nobody that it does: ONNX Runtime's telemetry stays off."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

JUDGE_ONCE = """
import sys
from pathlib import Path
from moderation.classifiers.sessions import OnnxSession
OnnxSession(Path(sys.argv[1]).read_bytes())
"""


def test_a_session_leaves_nothing_in_the_home_folder(models_dir: Path, tmp_path: Path) -> None:
    # The reporter's first act is to keep an identifier and its outbox there.
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "ORT_DISABLE_TELEMETRY" and not name.startswith("XDG_")
    }
    subprocess.run(
        [sys.executable, "-c", JUDGE_ONCE, str(models_dir / "age.onnx")],
        cwd=settings.BASE_DIR,
        env=kept | {"HOME": str(tmp_path)},
        check=True,
    )
    assert list(tmp_path.rglob("*")) == []
