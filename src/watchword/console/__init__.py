"""Pages for people: a translator whose wire is HTML, beside the vendors' and after their rules.

============================  ==================================================================
the page says                 the core says
============================  ==================================================================
door                          audience (of a dialect that offers its door here)
user name                     login
sign in                       login; what it gives is a session
face and password             a proof, redeemed with a password
"turn your head", "blink"     acts of a challenge
sign out                      ending a session
============================  ==================================================================

It names no vendor: which doors there are, and what they take, it is told when it is built. It is
loaded when the first browser asks for it, and keeps no file in memory.
"""

from watchword.console.wire import build_console

__all__ = ["build_console"]
