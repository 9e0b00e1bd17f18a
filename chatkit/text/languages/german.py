"""German. Its stop words are those of the Snowball project, under the BSD licence, with words of questions."""

from chatkit.text.language import Language

LANGUAGE = Language(
    tag="de",
    stemmer="german",
    compounds=True,
    # "einzurichten" and "aufgezeichnet" are forms of "einrichten" and "aufzeichnen".
    separable=(
        "ab|an|auf|aus|bei|dar|durch|ein|fest|frei|her|hin|hoch|los|mit|nach|um|vor|weg|weiter|wieder|zuruck|zusammen"
    ),
    infixes="ge|zu",
    nouns_are_capitalised=True,
    stop_words="""
        aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes anderm
        andern anderr anders auch auf aus bei bin bis bist da damit dann der den des dem die das daß derselbe
        derselben denselben desselben demselben dieselbe dieselben dasselbe dazu dein deine deinem deinen deiner
        deines denn derer dessen dich dir du dies diese diesem diesen dieser dieses doch dort durch ein eine
        einem einen einer eines einig einige einigem einigen einiger einiges einmal er ihn ihm es etwas euer
        eure eurem euren eurer eures für gegen gewesen hab habe haben hat hatte hatten hier hin hinter ich mich
        mir ihr ihre ihrem ihren ihrer ihres euch im in indem ins ist jede jedem jeden jeder jedes jene jenem
        jenen jener jenes jetzt kann kein keine keinem keinen keiner keines können könnte machen man manche
        manchem manchen mancher manches mein meine meinem meinen meiner meines mit muss musste nach nicht nichts
        noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seines selbst sich sie ihnen sind so
        solche solchem solchen solcher solches soll sollte sondern sonst über um und uns unse unsem unsen unser
        unses unter viel vom von vor während war waren warst was weg weil weiter welche welchem welchen welcher
        welches wenn werde werden wie wieder will wir wird wirst wo wollen wollte würde würden zu zum zur zwar
        zwischen bitte mal eben gerne gern wann warum wieso weshalb wer wem wen kannst könnt dass ab beim ums
    """,
    light_words="""
        beschreiben beschreibt bedeutet bedeuten brauche brauchen braucht darf dürfen einfach eigentlich erkläre
        erklären erklärt etwas finde finden findet funktioniert funktionieren gebe geben genau gibt geht gehen
        hilf hilfe heißt lässt lassen mache machen macht möchte möchten möglich möglichkeit mögliche muss müssen
        nutze nutzen nutzt passiert richtig sag sagen schalte schalten schaltet sehe sehen setze setzen stelle
        stellen stellt tun tue unterstützt unterstützen verwende verwenden verwendet weiß wissen zeige zeigen
        zeigt
    """,
    abbreviations="""
        Abb Abs Anm Aufl bspw bzgl bzw ca d.h dgl evtl ggf ggfs inkl insb Kap Mio Mrd Nr o.ä s.o s.u sog Str u.a
        u.U usw vgl z.B z.T zz zzgl
    """,
    openers="und|oder|aber|auch|dann|also|was ist mit|wie ist es mit|wie sieht es mit|was wenn|warum|wieso|wirklich",
    pointers=(
        "es|sie|er|das|dies|diese[mnrs]?|jene[mnrs]?|ihn|ihm|ihnen|ihre?|sein|seine|dort|da|dafür|damit|davon|"
        "darin|dazu|dabei|derselbe|dasselbe|dieselben?"
    ),
)
