"""GBG IDscan Enterprise: its Web API, from the token to what was captured with it.

==========================  ================================================================
the vendor says             the core says
==========================  ================================================================
UserName                    login (the name shown: the subject's first that is no e-mail)
token, access_token         token
area                        scope
role, memberOf, BranchCode  parts of the profile
tenant                      tenant
token lifespan              lifetime of a session
IdleSessionTimeout          the length of a session that slides, where that is enforced
cookie ``token``            another place to present a token
JourneyDefinition           document
journey, person entry       document, found by its facets in the index
image                       blob, sealed in the vault
webhook, engine             job
==========================  ================================================================
"""

from typing import Final

from watchword.dialects.idscan.errors import refuse
from watchword.dialects.idscan.gating import GATE
from watchword.dialects.idscan.journeys.notifying import NOTIFY, notify
from watchword.dialects.idscan.journeys.reading import READ
from watchword.dialects.idscan.journeys.reading import read as read_capture
from watchword.dialects.idscan.journeys.retaining import KEEP_HOUSE, clear_away
from watchword.dialects.idscan.outline import OUTLINE
from watchword.dialects.idscan.profile import AUDIENCE, read
from watchword.dialects.idscan.routes import OPERATIONS
from watchword.dialects.idscan.security import read_token
from watchword.dialects.idscan.settings import Settings, policy, weaknesses
from watchword.web.operation import Dialect, PathRules

__all__ = ["DIALECT"]

DIALECT: Final = Dialect(
    name="idscan",
    audience=AUDIENCE,
    settings=Settings,
    # *Documented* in several spellings (wire contract IDscan 0); exact at the end (1.1).
    paths=PathRules("/idscanenterprisesvc/", fold_case=True, slash_optional=False),
    operations=OPERATIONS,
    policy=policy,
    read_profile=read,
    read_token=read_token,
    refuse=refuse,
    weaknesses=weaknesses,
    outline=OUTLINE,
    jobs={READ: read_capture, NOTIFY: notify, KEEP_HOUSE: clear_away},
    gate=GATE,
)
