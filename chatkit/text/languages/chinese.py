"""Chinese, which is indexed by every two neighbours: what its questions consist of beside their subject."""

from chatkit.text.language import Language

LANGUAGE = Language(
    tag="zh",
    # Of single characters only those that begin or end hardly any word.
    question_words=(
        "请问|如何|怎样|怎么样|怎么办|怎么|怎麼|什么样|什么|什麼|为什么|為什麼|为何|哪里|哪裡|哪些|哪个|哪個|多少|多久|"
        "是否|是不是|能不能|会不会|可不可以|可以|能够|能否|应该|需要|我们|你们|想要|有没有|没有|这个|那个|一个|一些|一下|"
        "因为|所以|或者|还是|以及|的话|之后|时候|[我你您的了吗嗎呢吧啊把被让]"
    ),
    openers="那么|那|还有|而且|但是|然后|另外|为什么|真的|如果",
    pointers="它们|它|这个|那个|这些|那些|这|其|同样",
)
