"""Oz Forensics' Oz API, generations 5 and 6: who may do what, and the media that are judged.

=========================  =====================================================================
the vendor says            the core says
=========================  =====================================================================
user                       subject
``user_id``                the subject's id
``email``                  login (the subject's first that is an e-mail address)
``credentials``            grant: a login with its password
``user_type``              part of the profile
``can_start_analysis_*``   part of the profile
``is_service``             service
company                    tenant
``company_id``             the tenant's id
session                    session
``access_token``           token
``expire_token``           refresh token
``expire_date``            the session's expiry
``old_access_token``       the access token that a refresh was asked for with
``device_info``            device
``token_id``               the id of a service token
``session_token``          statement
=========================  =====================================================================

Where each fact of this wire comes from, and what was chosen where the vendor is silent:
``docs/dialects/oz.md``.
"""

from watchword.dialects.oz.archive.collections.removing import EMPTY, empty
from watchword.dialects.oz.archive.filing import ANALYSE
from watchword.dialects.oz.archive.notifying import NOTIFY, notify
from watchword.dialects.oz.archive.running import analyse
from watchword.dialects.oz.entrance import ENTRANCE
from watchword.dialects.oz.errors import refuse
from watchword.dialects.oz.gating import GATE
from watchword.dialects.oz.outline import OUTLINE
from watchword.dialects.oz.profile import read_profile
from watchword.dialects.oz.purging import PURGE, purge
from watchword.dialects.oz.routes import OPERATIONS
from watchword.dialects.oz.security import read_token
from watchword.dialects.oz.settings import AUDIENCE, Settings, policy, weaknesses
from watchword.web.operation import Dialect, PathRules

__all__ = ["DIALECT"]

DIALECT = Dialect(
    name="oz",
    audience=AUDIENCE,
    settings=Settings,
    paths=PathRules("/api/"),
    operations=OPERATIONS,
    policy=policy,
    read_profile=read_profile,
    read_token=read_token,
    refuse=refuse,
    weaknesses=weaknesses,
    outline=OUTLINE,
    jobs={ANALYSE: analyse, EMPTY: empty, NOTIFY: notify, PURGE: purge},
    gate=GATE,
    entrance=ENTRANCE,
)
