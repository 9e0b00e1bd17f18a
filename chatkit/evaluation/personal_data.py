"""What this package keeps about a person: questions of the test set that were taken from answers to them."""

from chatkit.auth.personal_data import PersonalData, Section
from chatkit.evaluation import service
from chatkit.evaluation.models import TestQuestion

TEST_SET = PersonalData({"test_questions": Section(TestQuestion, service.export)})
