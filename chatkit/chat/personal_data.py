"""What this package keeps about a person; the rows go with the account by their foreign keys."""

from chatkit.auth.personal_data import PersonalData, Section
from chatkit.chat import answer_facts, content_gaps, feedback, saved_chats, transcripts
from chatkit.chat.models import AnonymousSession, AnswerFacts, Feedback, Gap, Message, SavedChat

CHAT = PersonalData(
    {
        "saved_chats": Section(SavedChat, saved_chats.export),
        "messages": Section(Message, transcripts.export),
        "answer_facts": Section(AnswerFacts, answer_facts.export),
        "feedback": Section(Feedback, feedback.export),
        "gaps": Section(Gap, content_gaps.export),
    },
    adopt=transcripts.adopt,
    anonymous=(AnonymousSession,),
    counts={"saved_chats": saved_chats.count, "questions": transcripts.count_questions, "ratings": feedback.count},
)
