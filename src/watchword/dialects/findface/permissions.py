"""The names of all permissions of one FindFace build, and those of its three built-in roles.

*Observed* (wire contract FindFace 4.2 and 4.3): 279 names, of which a new Operator has 93 and a new
User 37. Every name is ``application.action_model``, so the tables hold models, not names.
"""

from typing import Final

__all__ = ["CATALOGUE", "MAIN", "OPERATOR", "USER"]

QUARTET: Final = "add change delete view"

# The application that nearly all models belong to.
MAIN: Final = "ffsecurity"

MODELS: Final = """
    adgroupguid area areacameralink areatriggeractivation areatriggerrecord auditlog bodycluster
    bodyclusterevent bodyevent bodyobject camera cameragroup carcard carcardattachment carcluster
    carclusterevent carepisode carevent carobject case caseattachment caseparticipant
    caseparticipantattachment casepermission clusterizationjob counter counterrecord
    deviceblacklistrecord eventsstats externalvms externalvmsevent externalvmssendeventstatus
    facecluster faceclusterevent faceevent faceobject ffsecauthsession humancard
    humancardattachment humanepisode line metadictionary metadictionaryvalue notification outbox
    patchedpersonevent permission proximitycalibrationrecord relation relationcarcardlink
    relationhumancardlink report runtimesetting track upload uploadlist user userkeyvalue
    videoarchive videoarchiveevent watchlist webhook
"""

OPERATED: Final = """
    area bodyobject camera cameragroup carcard carobject case counter faceobject humancard line
    report upload uploadlist videoarchive watchlist
"""

# What both lesser roles may look at and acknowledge.
HANDLED: Final = "bodyevent carevent faceevent carepisode humanepisode notification user"

SEEN_BY_OPERATORS: Final = (
    "bodycluster carcluster facecluster metadictionary runtimesetting webhook"
)

SEEN_BY_USERS: Final = """
    area bodycluster bodyobject camera cameragroup carcard carcluster carobject counter facecluster
    faceobject humancard line metadictionary relation upload uploadlist videoarchive watchlist
"""


def _named(application: str, actions: str, models: str) -> frozenset[str]:
    """Return a name for each pair of an action and a model."""
    pairs = ((action, model) for action in actions.split() for model in models.split())
    return frozenset(f"{application}.{action}_{model}" for action, model in pairs)


OWN_SESSIONS: Final = _named(MAIN, "view delete", "all_own_sessions")
ONVIF: Final = _named(MAIN, "add view", "onvifcamera")
BATCHES: Final = frozenset({f"{MAIN}.batchupload_cards", f"{MAIN}.create_batchupload"})

CATALOGUE: Final = (
    _named(MAIN, QUARTET, MODELS)
    | _named("auth", QUARTET, "group")
    | _named("admin", QUARTET, "logentry")
    | _named("knox", QUARTET, "authtoken")
    | _named("sessions", QUARTET, "session")
    | _named("reversion", QUARTET, "revision version")
    | OWN_SESSIONS
    | ONVIF
    | BATCHES
    | {f"{MAIN}.configure_ntls"}
)
"""Every permission there is, which is what an Administrator has."""

OPERATOR: Final = (
    _named(MAIN, QUARTET, OPERATED)
    | _named(MAIN, "change view", HANDLED)
    | _named(MAIN, "add change view", "relation")
    | _named(MAIN, "view", SEEN_BY_OPERATORS)
    | OWN_SESSIONS
    | ONVIF
    | BATCHES
)
"""What an Operator has unless the directory file says otherwise."""

USER: Final = (
    _named(MAIN, QUARTET, "case")
    | _named(MAIN, "change view", HANDLED)
    | _named(MAIN, "view", SEEN_BY_USERS)
)
"""What a User has unless the directory file says otherwise."""
