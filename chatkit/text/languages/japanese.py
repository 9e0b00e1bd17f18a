"""Japanese, which is indexed by every two neighbours.

Its subjects stand in Chinese characters and katakana, its grammar mostly in hiragana.
"""

from chatkit.text.language import Language

LANGUAGE = Language(
    tag="ja",
    question_words="[\u3041-\u309f]+|方法|場合|何",
    openers="それでは|では|じゃあ|そして|また|でも|しかし|なぜ|本当",
    pointers="これ|それ|あれ|この|その|あの|ここ|そこ|同じ",
)
