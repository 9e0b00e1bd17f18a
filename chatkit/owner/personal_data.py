"""What this package keeps about a person who is an owner and has an account of a reader beside."""

from chatkit.auth.personal_data import PersonalData, Section
from chatkit.owner import sessions
from chatkit.owner.models import OwnerSession, OwnerSignIn

OWNER = PersonalData(
    {
        "owner_sessions": Section(OwnerSession, sessions.export_sessions),
        "owner_sign_ins": Section(OwnerSignIn, sessions.export_sign_ins),
    },
    erase=sessions.erase,
)
