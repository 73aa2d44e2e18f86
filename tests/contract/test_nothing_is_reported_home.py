"""What judges pictures tells nobody that it does: OpenVINO's reporter is never loaded."""

import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

from django.conf import settings

JUDGE_ONCE = """
import sys
from pathlib import Path
from moderation.classifiers.age import INPUT_SHAPE
from moderation.classifiers.sessions import OnnxSession
OnnxSession(Path(sys.argv[1]).read_bytes(), INPUT_SHAPE)
"""


def test_a_session_leaves_nothing_in_the_home_folder(models_dir: Path, tmp_path: Path) -> None:
    assert distribution("openvino-telemetry").files, "nothing is there that could report"
    # The reporter's first act is to keep an identifier there. Variables of a CI silence it.
    subprocess.run(
        [sys.executable, "-c", JUDGE_ONCE, str(models_dir / "age.onnx")],
        cwd=settings.BASE_DIR,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        check=True,
    )
    assert list(tmp_path.rglob("*")) == []
