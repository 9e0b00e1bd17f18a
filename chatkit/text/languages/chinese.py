"""Chinese, which is indexed by every two neighbours: what its questions consist of beside their subject."""

from chatkit.text.language import Language

LANGUAGE = Language(
    tag="zh",
    question_words=(
        "请问|请|如何|怎样|怎么样|怎么|怎麼|什么样|什么|什麼|为什么|為什麼|为何|哪里|哪裡|哪些|哪个|哪個|多少|多久|"
        "是否|能不能|可不可以|可以|能够|能否|应该|需要|我们|我|你们|你|您|想要|想|要|吗|嗎|呢|吧|啊|的|了|得|着|"
        "会|會|把|将|被|让|是|在|有没有|有|和|与|及|或|这个|那个|这|那|一个|一些|一下"
    ),
    openers="那么|那|还有|而且|但是|然后|另外|为什么|真的|如果",
    pointers="它们|它|这个|那个|这些|那些|这|其|同样",
)
