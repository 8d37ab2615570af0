"""Keystone's own application, without gunicorn's arguments, which it would take for its own."""

import sys

sys.argv = sys.argv[:1]

from keystone.wsgi.api import application  # noqa: E402 - it reads them when it is imported

__all__ = ["application"]
