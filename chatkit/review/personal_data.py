"""What this package keeps about a person: what an owner found of answers to them."""

from chatkit.auth.personal_data import PersonalData, Section
from chatkit.review import service
from chatkit.review.models import ReviewVerdict

REVIEW = PersonalData({"review_verdicts": Section(ReviewVerdict, service.export)})
