"""Korean."""

from chatkit.answers.phrases.phrases import Phrases

KOREAN = Phrases(
    nearest="다음 섹션이 질문에 가장 가깝습니다.",
    not_covered="페이지에서 이 내용을 다루지 않습니다.",
    nothing_near="이 사이트에는 질문에 가까운 내용이 없어 보여 드릴 답변이 없습니다.",
    ask_people="여기에서 사람들에게 물어볼 수 있습니다:",
    unsupported="(사이트 페이지에서 찾을 수 없음)",
    interrupted="답변이 여기에서 끊겼습니다. 문서에는 다음과 같이 쓰여 있습니다.",
    interrupted_without_fallback="답변이 여기에서 끊겼습니다. 전체 답변을 받으려면 다시 질문해 주세요.",
    ungrounded="위 내용은 사이트 페이지에서 찾을 수 없었습니다.",
    other_version="사용 중인 버전의 페이지에는 답이 없습니다. 다음은 버전 {version}의 내용입니다.",
    current_version="사용 중인 버전의 페이지에는 답이 없습니다. 다음은 현재 버전의 내용입니다.",
    other_language="사용 중인 언어의 페이지에는 답이 없습니다. 다음은 다른 언어로 된 페이지의 내용입니다: {language}.",
    hello="안녕하세요. 무엇을 알고 싶으신가요?",
    welcome="천만에요.",
    goodbye="안녕히 가세요.",
    greetings="""
        안녕, 안녕하세요, 안녕하십니까, 반갑습니다, 반가워요, 좋은 아침, 좋은 아침입니다, 처음 뵙겠습니다
    """,
    thanks="""
        감사합니다, 감사해요, 감사, 고마워, 고마워요, 고맙습니다, 땡큐
    """,
    farewells="""
        안녕히 계세요, 안녕히 가세요, 잘 가, 잘 가요, 잘 있어요, 바이바이, 안녕히 주무세요, 수고하세요
    """,
    politeness="""
        정말, 매우, 대단히, 너무, 많이, 네, 예, 아니요, 좋아요, 알겠습니다, 여러분, 도와주셔서, ok
    """,
)
