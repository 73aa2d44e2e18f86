"""Where things are kept; the rooms' own settings build on these."""

from pathlib import Path

from config.layout import embedded_dir
from config.settings import env

BASE_DIR = Path(__file__).resolve().parents[2]
STATE_DIR = Path(
    env.text("STATE_DIR", about="Folder for everything this machine keeps. Default: var/.")
    or BASE_DIR / "var"
).resolve()
MODELS_DIR = Path(
    env.text("MODELS_DIR", about="Folder of the prepared model files. Default: STATE_DIR/models.")
    or STATE_DIR / "models"
)
EVIDENCE_DIR = Path(
    env.text("EVIDENCE_DIR", about="Folder of sealed evidence. Default: STATE_DIR/evidence.")
    or STATE_DIR / "evidence"
)
AUDIT_ANCHOR_DIR = Path(
    env.text(
        "AUDIT_ANCHOR_DIR",
        about="Folder of the audit trail's signed anchors, on another disk or machine when you "
        "can. Default: STATE_DIR/anchors.",
    )
    or STATE_DIR / "anchors"
)
BANK_DIR = Path(
    env.text(
        "BANK_DIR",
        about="Folder in which the screening processes of a machine share their copy of the banks "
        "of known pictures: 140 MiB for a million. Default: STATE_DIR/banks.",
    )
    or STATE_DIR / "banks"
)
STATIC_DIR = Path(
    env.text("STATIC_DIR", about="Folder of collected static files. Default: STATE_DIR/static.")
    or STATE_DIR / "static"
)
EMBEDDED_DIR = Path(
    env.text(
        "EMBEDDED_DIR",
        about="Folder of the embedded PostgreSQL's data, in development. Default: "
        "STATE_DIR/embedded; as root a folder below /var/lib/parley.",
    )
    or embedded_dir(STATE_DIR)
)
