"""Korean, which is indexed by every two neighbours: its questions' own words, and the particles behind their nouns."""

from chatkit.text.language import Language

LANGUAGE = Language(
    tag="ko",
    question_words=(
        r"(?<!\w)(?:어떻게|무엇|무슨|왜|어디|언제|누가|얼마나|어떤|어느|제가|저는|나는|좀|수|있는|있나요|있습니까|하나요|"
        r"합니까|되나요|됩니까|하는|해야|하려면|하면)(?!\w)|"
        r"(?<=\w\w)(?:에서는|으로는|에서|으로|까지|부터|하려면|하나요|합니까|하는|을|를|은|는|이|가|에|의|와|과|도|로|만)(?!\w)"
    ),
    openers="그리고|그럼|그러면|그런데|하지만|또|왜|정말",
    pointers="그것|이것|저것|그건|이건|거기|여기|같은",
)
