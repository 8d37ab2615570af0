"""NtechLab FindFace: logging in by password and by face, users with their roles, sessions.

============================  ==================================================================
the vendor says               the core says
============================  ==================================================================
user                          subject
``id``                        the subject's number
``name``                      login (the subject's first that is no e-mail address)
``real_name``                 the subject's full name
group, role                   document (and names in the profile)
``primary_group``, ``groups``  parts of the profile
``ad_user``                   copy of a person on a roster (a mark in its profile)
``has_face``, user face       face (in the gallery)
session                       session
``uuid``                      key of the device
``mobile``, ``device_info``   device
token                         token
``video_auth_token``          proof (a session that waits for its second factor)
``AUTH_TYPE``                 (a setting)
``MAXIMUM_SESSION_LENGTH``    lifetime of a session
============================  ==================================================================

Where each fact of this wire comes from, and what was chosen where the vendor is silent:
``docs/dialects/findface.md``.
"""

from typing import Final

from watchword.dialects.findface.entrance import ENTRANCE
from watchword.dialects.findface.errors import refuse
from watchword.dialects.findface.events import FEEDS
from watchword.dialects.findface.gating import GATE
from watchword.dialects.findface.outline import OUTLINE
from watchword.dialects.findface.profile import AUDIENCE, read
from watchword.dialects.findface.routes import OPERATIONS
from watchword.dialects.findface.security import read_token
from watchword.dialects.findface.seed import check_profile, seed
from watchword.dialects.findface.settings import Settings, policy, weaknesses
from watchword.web.operation import Dialect, PathRules

__all__ = ["DIALECT"]

DIALECT: Final = Dialect(
    name="findface",
    audience=AUDIENCE,
    settings=Settings,
    # *Documented* (wire contract FindFace 1): at the root. *Chosen*: with or without the slash at
    # the end, as clients in the wild have it.
    paths=PathRules("/"),
    operations=OPERATIONS,
    policy=policy,
    read_profile=read,
    read_token=read_token,
    refuse=refuse,
    weaknesses=weaknesses,
    seed=seed,
    check_profile=check_profile,
    newcomer={"primary_group": "User"},
    feeds=FEEDS,
    outline=OUTLINE,
    gate=GATE,
    entrance=ENTRANCE,
)
