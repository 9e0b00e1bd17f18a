"""What this package keeps about a person who is an owner and has an account of a reader beside."""

from collections.abc import Iterator

from chatkit.auth.personal_data import PersonalData, Section
from chatkit.auth.sessions import Caller
from chatkit.owner import sessions
from chatkit.owner.models import OwnerSession, OwnerSignIn


def _export_sessions(caller: Caller) -> Iterator[dict[str, object]]:
    return sessions.export_sessions(caller.email)


def _export_sign_ins(caller: Caller) -> Iterator[dict[str, object]]:
    return sessions.export_sign_ins(caller.email)


def _erase(caller: Caller) -> None:
    sessions.erase(caller.email)


OWNER = PersonalData(
    {
        "owner_sessions": Section(OwnerSession, _export_sessions),
        "owner_sign_ins": Section(OwnerSignIn, _export_sign_ins),
    },
    erase=_erase,
)
