"""Completes the environment of a developer's machine before the settings read it.

Nothing given is overruled. Secrets are made on the first use and kept in STATE_DIR; the addresses
are those of the embedded services, which `manage.py up` starts. What `up` leaves out for a child
on purpose, it passes as an empty value, and that stays empty.
"""

import os

from config import layout, state
from config.settings.places import EMBEDDED_DIR, STATE_DIR

_secrets = state.load_or_make(STATE_DIR)
_port = os.environ.get("PORT", "8000")
_defaults = {
    **_secrets.environment(),
    **layout.addresses(EMBEDDED_DIR, _secrets),
    "STAFF_SECOND_FACTOR": "off",
    "INTEREST_DEVICES_MIN": "1",
    "PROOF_OF_WORK": "off",
    "CAMERA_CHECK": "off",
    "ALLOWED_ORIGINS": f"http://localhost:{_port},http://127.0.0.1:{_port}",
}
for _name, _value in _defaults.items():
    os.environ.setdefault(_name, _value)
