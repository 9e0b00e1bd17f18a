"""English. Its stop words are those of the Snowball project, under the BSD licence."""

from chatkit.text.language import Language

LANGUAGE = Language(
    tag="en",
    stemmer="english",
    stop_words="""
        i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers
        herself it its itself they them their theirs themselves what which who whom this that these those am is
        are was were be been being have has had having do does did doing a an the and but if or because as until
        while of at by for with about against between into through during before after above below to from up
        down in out on off over under again further then once here there when where why how all any both each
        few more most other some such no nor not only own same so than too very s t can will just don should now
    """,
    light_words="""
        able anybody anyone anything come contain describe everyone everything exactly exist explain find get
        give go happen happens help know let like likely look make many may mean means might much must need
        needed one possible please say see show somebody someone something support supported supports tell thing
        things try understand use used using want way ways wonder work works would could
    """,
    abbreviations="e.g i.e etc cf vs approx Dr Mr Mrs Ms St No Fig resp",
    openers="and|or|but|also|then|so|what about|how about|what if|why|why not|really",
    pointers="it|its|this|that|these|those|they|them|their|there|same|one|ones",
)
