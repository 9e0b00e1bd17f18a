"""English."""

from chatkit.answers.phrases.phrases import Phrases

ENGLISH = Phrases(
    nearest="These sections come nearest.",
    not_covered="The pages do not cover this.",
    nothing_near="Nothing on this site comes near your question, so there is no answer to show.",
    ask_people="You can ask people here:",
    unsupported="(not found on the site's pages)",
    interrupted="The answer broke off here. This is what the documentation itself says:",
    interrupted_without_fallback="The answer broke off here. Ask again for a whole one.",
    ungrounded="None of this was found on the site's pages.",
    other_version="The pages of your version do not answer this. This is from version {version}.",
    current_version="The pages of your version do not answer this. This is from the current version.",
    other_language="The pages in your language do not answer this. This is from the pages in another one: {language}.",
    hello="Hello. What would you like to know?",
    welcome="You are welcome.",
    goodbye="Goodbye.",
    greetings="""
        hello, helo, hi, hii, hey, heya, hiya, howdy, yo, greetings, hey there, good morning, good afternoon,
        good evening, good day, how are you, how are you doing, hows it going, nice to meet you, whats up
    """,
    thanks="""
        thanks, thank you, thankyou, thank u, thx, thnx, tnx, thks, ty, tysm, cheers
    """,
    farewells="""
        bye, bye bye, byebye, goodbye, good bye, good night, see you, see ya, cya, farewell
    """,
    politeness="""
        there, all, everyone, everybody, team, friend, again, and, a lot, very much, so much, much, many,
        a million, a bunch, you too, for your help, for the help, for helping, for the answer, for now, ok,
        okay, oh, great, perfect, cool, nice, good, awesome, wonderful, excellent, got it, yes, no, later, soon,
        today, thats all, that helped, this helped, it works, it worked, that worked, its working now,
        have a nice day, have a good day, have a great day, i appreciate it, appreciate it, dear, bot, chatbot
    """,
)
