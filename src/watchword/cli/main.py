"""The commands, as a table of contents: a command's file is imported when it is called.

`watchword.cli.serve_command` is there to be left again, and so imports next to nothing; every
millisecond of it would be a part of the server's start.
"""

import sys
from collections.abc import Mapping
from typing import Final

from cyclopts import App

from watchword import __version__

__all__ = ["COMMANDS", "app", "main"]

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "serve": ("serve_command:serve", "Serve until stopped."),
    "apply": (
        "commands:apply",
        "Make the directory be as a file says, and print what that changed.",
    ),
    "migrate": ("commands:migrate", "Bring the database up to date."),
    "doctor": (
        "commands:doctor",
        "Say whether this installation is sound, and where it is weaker than it could be.",
    ),
    "config": ("commands:config_app", "Look at the configuration."),
    "rotate-signing-key": (
        "commands:rotate_signing_key",
        "Let other keys sign statements from soon on, and print their ids.",
    ),
    "forget-master-key": (
        "commands:forget_master_key",
        "Go on without the master key, where it is lost for good; what it sealed stays sealed.",
    ),
    "recover-admin": (
        "commands:recover_admin",
        "Give a subject a new password, printed once; switch it on, unlock it, end its sessions.",
    ),
    "demo": (
        "commands:demo",
        "Serve a demonstration with passwords of its own, and print what to paste.",
    ),
    "import": (
        "import_command:import_",
        "Take in people from another system, with the hashes of their passwords.",
    ),
    "service-token": (
        "service_token_commands:service_token_app",
        "Tokens that machines use for years.",
    ),
    "faces": ("face_commands:faces_app", "Whose faces are kept, and what of them."),
    "gate": ("gate_commands:gate_app", "What gateways are told."),
}
"""Where each command is, and what it is for: or the list of commands would import them all."""

app = App(
    name="watchword",
    help="Identity and access server for identity-verification and biometric platforms.",
    version=__version__,
    version_flags=["--version"],
)
for name, (place, summary) in COMMANDS.items():
    app.command(f"watchword.cli.{place}", name=name, help=summary)


def main() -> None:
    """Run the command line."""
    sys.exit(app(result_action="return_value") or 0)
