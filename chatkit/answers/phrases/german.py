"""German."""

from chatkit.answers.phrases.phrases import Phrases

GERMAN = Phrases(
    nearest="Diese Abschnitte kommen Ihrer Frage am nächsten.",
    not_covered="Die Seiten behandeln das nicht.",
    nothing_near="Nichts auf dieser Website kommt Ihrer Frage nahe, deshalb gibt es keine Antwort zu zeigen.",
    ask_people="Hier können Sie andere fragen:",
    unsupported="(auf den Seiten nicht gefunden)",
    interrupted="Die Antwort bricht hier ab. Das sagt die Dokumentation selbst:",
    interrupted_without_fallback="Die Antwort bricht hier ab. Fragen Sie noch einmal, um sie ganz zu bekommen.",
    ungrounded="Nichts davon wurde auf den Seiten gefunden.",
    other_version="Die Seiten Ihrer Version beantworten das nicht. Dies steht in Version {version}.",
    current_version="Die Seiten Ihrer Version beantworten das nicht. Dies steht in der aktuellen Version.",
    other_language="Die Seiten in Ihrer Sprache beantworten das nicht. Dies steht in einer anderen: {language}.",
    hello="Hallo. Was möchten Sie wissen?",
    welcome="Gern geschehen.",
    goodbye="Auf Wiedersehen.",
    greetings="""
        hallo, hallöchen, hi, hey, moin, moin moin, servus, grüezi, grüß gott, gruss gott, grüß dich, grüß euch,
        guten tag, guten morgen, guten abend, mahlzeit, wie geht es dir, wie geht es ihnen, wie gehts
    """,
    thanks="""
        danke, dankeschön, danke schön, dankeschoen, danke schoen, besten dank, vielen dank, herzlichen dank,
        tausend dank, thx, ich danke, ich danke ihnen, ich danke dir
    """,
    farewells="""
        tschüss, tschuess, tschau, ciao, bye, auf wiedersehen, auf wiederschauen, bis bald, bis dann,
        bis später, gute nacht
    """,
    politeness="""
        und, sehr, vielmals, nochmal, nochmals, zusammen, alle, allerseits, leute, ihr, auch, für die hilfe,
        für ihre hilfe, für deine hilfe, für die antwort, für die auskunft, im voraus, ok, okay, super, prima,
        toll, perfekt, klasse, gut, sehr gut, ja, nein, alles klar, hat geklappt, es klappt, das wars,
        schönen tag noch, einen schönen tag, noch
    """,
)
