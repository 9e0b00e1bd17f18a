"""Dutch. Its stop words are those of the Snowball project, under the BSD licence, with words of questions."""

from chatkit.text.language import Language

LANGUAGE = Language(
    tag="nl",
    stemmer="dutch",
    compounds=True,
    stop_words="""
        de en van ik te dat die in een hij het niet zijn is was op aan met als voor had er maar om hem dan zou
        of wat mijn men dit zo door over ze zich bij ook tot je mij uit der daar haar naar heb hoe heeft hebben
        deze u want nog zal me zij nu ge geen omdat iets worden toch al waren veel meer doen toen moet ben
        zonder kan hun dus alles onder ja eens hier wie werd altijd doch wordt wezen kunnen ons zelf tegen na
        reeds wil kon niets uw iemand geweest andere waarom waar welke hoeveel
    """,
    light_words="""
        bestaat betekent doe doen gaat gebruik gebruiken gebruikt geef geven help hulp krijg kun kunt laat leg
        maak maken mogelijk moet moeten nodig vind vinden werkt werken weten wil willen zie zien zeg zeggen
    """,
    abbreviations="bijv blz bv ca d.w.z enz evt fig incl nr o.a resp t.o.v vgl z.g",
    openers="en|of|maar|ook|dan|dus|hoe zit het met|wat als|waarom|echt",
    pointers="het|zij|ze|hij|hem|deze|dit|die|dat|hun|daar|er|hetzelfde|dezelfde",
)
