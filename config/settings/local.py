"""Completes the environment of a developer's machine before the settings read it.

Nothing given is overruled. The secrets are those that `manage.py up` made in STATE_DIR; a process
that `up` started has been given its own, fewer ones, and reads none here. Without either (a fresh
clone, `manage.py check`) a throw-away key keeps Django going.
"""

import os
import secrets

from config import layout, state
from config.settings.places import EMBEDDED_DIR, STATE_DIR

if not os.environ.get("SECRET_KEY"):
    for _name, _value in state.environment(STATE_DIR).items():
        os.environ.setdefault(_name, _value)
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    if state.exists(STATE_DIR):
        for _name, _value in layout.addresses(EMBEDDED_DIR, state.load(STATE_DIR)).items():
            os.environ.setdefault(_name, _value)

os.environ.setdefault("STAFF_SECOND_FACTOR", "off")
_port = os.environ.get("PORT", "8000")
os.environ.setdefault("ALLOWED_ORIGINS", f"http://localhost:{_port},http://127.0.0.1:{_port}")
