"""Chinese."""

from chatkit.answers.phrases.phrases import Phrases

CHINESE = Phrases(
    nearest="以下章节最接近您的问题。",
    not_covered="页面没有涉及这个问题。",
    nothing_near="本站没有与您的问题相近的内容，因此没有可以显示的答案。",
    ask_people="您可以在这里向他人提问：",
    unsupported="（在本站页面中未找到）",
    interrupted="回答在这里中断了。以下是文档本身的内容：",
    interrupted_without_fallback="回答在这里中断了。请再问一次以获得完整的回答。",
    ungrounded="以上内容均未在本站页面中找到。",
    other_version="您所用版本的页面没有回答这个问题。以下内容来自版本 {version}。",
    current_version="您所用版本的页面没有回答这个问题。以下内容来自当前版本。",
    other_language="您所用语言的页面没有回答这个问题。以下内容来自其他语言的页面：{language}。",
    hello="您好。您想了解什么？",
    welcome="不客气。",
    goodbye="再见。",
    greetings="""
        你好, 您好, 大家好, 你们好, 嗨, 哈喽, 哈啰, 早上好, 上午好, 中午好, 下午好, 晚上好, 早安, 早
    """,
    thanks="""
        谢谢, 谢谢你, 谢谢您, 谢谢你们, 多谢, 感谢, 非常感谢, 十分感谢, 万分感谢, 感谢您, 感谢你, 谢了, 謝謝,
        謝謝你, 謝謝您, 多謝, 感謝, 非常感謝
    """,
    farewells="""
        再见, 拜拜, 拜, 晚安, 回头见, 明天见, 再見, 回頭見
    """,
    politeness="""
        啊, 呀, 吗, 啦, 了, 好的, 好, 嗯, ok, 非常, 太, 真的, 是的, 不用, 明白了, 知道了, 的帮助
    """,
)
