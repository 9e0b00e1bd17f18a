"""What this package keeps about a person; the row goes with the account by its foreign key."""

from chatkit.auth.personal_data import PersonalData, Section
from chatkit.personalize import service
from chatkit.personalize.models import Preferences

PERSONALIZE = PersonalData({"preferences": Section(Preferences, service.export, many=False)})
