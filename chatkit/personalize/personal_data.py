"""What this package keeps about a person; the rows go with the account by their foreign keys."""

from collections.abc import Mapping

from chatkit.auth.personal_data import PersonalData, Section
from chatkit.auth.sessions import Caller
from chatkit.personalize import dismissals, profile
from chatkit.personalize.models import Dismissal, Preferences


def _export_preferences(caller: Caller) -> Mapping[str, object]:
    return profile.export(caller.account_id)


PERSONALIZE = PersonalData(
    {
        "preferences": Section(Preferences, _export_preferences, many=False),
        "dismissals": Section(Dismissal, dismissals.export),
    }
)
