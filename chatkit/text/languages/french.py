"""French. Its stop words are those of the Snowball project, under the BSD licence, with words of questions."""

from chatkit.text.language import Language

LANGUAGE = Language(
    tag="fr",
    stemmer="french",
    stop_words="""
        au aux avec ce ces dans de des du elle en et eux il je la le leur lui ma mais me même mes moi mon ne nos
        notre nous on ou par pas pour qu que qui sa se ses son sur ta te tes toi ton tu un une vos votre vous c
        d j l à m n s t y été étée étées étés étant étante étants étantes suis es est sommes êtes sont serai
        seras sera serons serez seront serais serait serions seriez seraient étais était étions étiez étaient
        fus fut fûmes fûtes furent sois soit soyons soyez soient fusse fusses fût fussions fussiez fussent ayant
        ayante ayantes ayants eu eue eues eus ai as avons avez ont aurai auras aura aurons aurez auront aurais
        aurait aurions auriez auraient avais avait avions aviez avaient eut eûmes eûtes eurent aie aies ait
        ayons ayez aient eusse eusses eût eussions eussiez eussent comment pourquoi quand où quel quelle quels
        quelles si plus très donc or ni car cette cet cela ça ceci ils elles dont là ici svp
    """,
    light_words="""
        aide aider afficher aller besoin chercher chose choses décrire donner dire dois doit doivent expliquer
        explique existe exister faire fait falloir faut fonctionne fonctionner marche mettre montrer peut
        peuvent peux possible pouvoir pourrais pourrait préciser prendre savoir sert servir signifie souhaite
        trouve trouver utilise utiliser utilisé utilisée vais veut veux voir voudrais vouloir
    """,
    abbreviations="cf c.-à-d env etc fig MM Mme Mlle n° p.ex vol",
    openers="et|ou|mais|aussi|alors|donc|qu'en est-il|et si|pourquoi|vraiment",
    pointers=(
        "il|elle|ils|elles|ce|ça|cela|celui|celle|ceux|celles|ceci|cette|cet|ces|le même|la même|les mêmes|y|en|"
        "leur|leurs|là"
    ),
    accents={"ite": "ité", "ites": "ités"},
)
