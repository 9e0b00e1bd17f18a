"""What this package keeps about a person; the rows go with the account by their foreign key."""

from chatkit.analytics import service
from chatkit.analytics.models import AnalyticsEvent
from chatkit.auth.personal_data import PersonalData, Section

ANALYTICS = PersonalData({"analytics_events": Section(AnalyticsEvent, service.export)})
