"""OAuth 2.0 for machines: tokens of their own, and questions about everybody's.

=======================  ==================================================================
the RFCs say             the core says
=======================  ==================================================================
client                   subject that is a machine account
client_id                login (the one shown: the subject's first that is no e-mail)
client_secret            password
scope                    scope
access token             token
introspection            look
token_type_hint          nothing: a digest tells what a token is
=======================  ==================================================================
"""

from typing import Final

from watchword.dialects.oauth.errors import refuse
from watchword.dialects.oauth.outline import OUTLINE
from watchword.dialects.oauth.profile import AUDIENCE, check_profile, read
from watchword.dialects.oauth.routes import METADATA_PATH, OPERATIONS
from watchword.dialects.oauth.security import read_token
from watchword.dialects.oauth.settings import Settings, policy, weaknesses
from watchword.web.operation import Dialect, PathRules

__all__ = ["DIALECT"]

DIALECT: Final = Dialect(
    name="oauth",
    audience=AUDIENCE,
    settings=Settings,
    # RFC 8414 section 3 says where the metadata is; the rest is *chosen*.
    paths=PathRules("/oauth2/", slash_optional=False, beside=frozenset({METADATA_PATH})),
    operations=OPERATIONS,
    policy=policy,
    read_profile=read,
    read_token=read_token,
    refuse=refuse,
    weaknesses=weaknesses,
    check_profile=check_profile,
    outline=OUTLINE,
    opt_in=True,
)
