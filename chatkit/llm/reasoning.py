"""What a model thinks aloud in its text, taken out before anybody reads it, and the tokens that end its turn.

Most models enclose their thoughts in a pair of tags. Some only close them, because their server has opened
them in the prompt; whether a text is one of these is known when the closing tag comes. So an
opening that reads like thoughts waits for the end, and after the first such answer of a server every opening
waits for the closing tag.
"""

import re

_NAMES = "(?:think|thinking|thoughts?|reasoning|reflection|scratchpad)"
_OPEN = (
    rf"<(?:\w+:)?{_NAMES}(?:\s[^<>]{{0,60}})?>|\[THINK\]|◁think▷|<\|begin_of_thought\|>"
    r"|<\|channel\|>(?:analysis|commentary)[^<]{0,60}<\|message\|>"
)
_CLOSE = (
    rf"</(?:\w+:)?{_NAMES}\s*>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|channel\|>final[^<]{{0,60}}<\|message\|>"
)
# What a template puts around a turn; before the answer it is dropped, behind it the answer is over.
_TURN = (
    r"<\|(?!channel\||message\|)[^\s<>|]{1,40}\|>|<｜[^\s<>｜]{1,40}｜>"
    r"|</?(?:(?:end|start)_of_turn|eos|bos|s)>|\[/?INST\]"
)
TAG = re.compile(f"(?P<open>{_OPEN})|(?P<close>{_CLOSE})|(?P<turn>{_TURN})", re.I)
# gpt-oss, where its server has taken the special tokens out, begins its thoughts and its answer by these words.
BARE_CHANNEL = re.compile(r"\s*analysis(?=[A-Z])")
CLOSE = re.compile(f"{_CLOSE}|assistantfinal", re.I)
TRAILING_TURNS = re.compile(rf"(?:(?:{_TURN})\s*)+\Z", re.I)
ROLE = re.compile(r"\s*(?:assistant|model)?\s*")
# The longest tag has this many letters.
MAX_TAG_LENGTH = 150
# The end of a text that may be the beginning of a tag.
PARTIAL = re.compile(
    r"(?:<\|channel\|>[^\n]{0,120}|<[^<>\n]{0,80}|\[/?(?:T(?:H(?:I(?:N(?:K)?)?)?)?|I(?:N(?:S(?:T)?)?)?)?|◁/?\w{0,8})\Z"
)
FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.M)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# Words of somebody who thinks about a question, and not of an answer; any of them in an opening makes it wait.
THOUGHT_WORDS = frozenset(
    """
    i i'm i'll i've i'd me my let's we we're we'll we've okay ok hmm hm hmmm wait alright user user's users' asker
    reader reader's question passage passages asks asking asked thinking they want wants seems probably maybe perhaps
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)
# Those that do so only at the beginning.
FIRST_WORDS = frozenset(
    "let so now well this need thought thoughts analysis reason recall consider".split()  # noqa: SIM905
)
THOUGHTS_ELSEWHERE = re.compile(r"\W*(?:好的|嗯|首先|用户|我|让我|问题|ユーザー|まず|質問|사용자|질문)")
# The scripts from here on set no spaces between words.
WITHOUT_SPACES, LONGEST_ELSEWHERE = "\u2e80", 6
# Words that tell neither: the next one decides.
OPEN_WORDS = frozenset(
    """
    a an the to in of for from and or is are on by as at about be can could should must it its that these there with
    when if you your no not yes sure first given based according here here's what how answer answering find out need
    documentation docs text site says say often many much long
    """.split()  # noqa: SIM905  (a list of words, not of lines)
)


class ReasoningFilter:
    """Takes an answer as it comes and returns what of it is the answer.

    With ``opened``, the thoughts have begun before the text does. Afterwards ``closed_unopened`` tells that a
    closing tag came without an opening one, and ``ended`` that the model's turn is over.
    """

    def __init__(self, opened: bool = False) -> None:
        self._pending = self._answer = ""
        self._thinking = self._begun = self._role_expected = False
        # An opening that reads like thoughts.
        self._suspected = opened
        self.closed_unopened = self.ended = False

    def feed(self, text: str) -> str:
        """Take the next text and return what is certainly the answer."""
        self._pending += text
        return self._take(is_last=False)

    def finish(self) -> str:
        """Return what is left once the text is complete: an opening that waited was no thought."""
        return self._take(is_last=True)

    def begin_answer(self) -> None:
        """Take what comes for the answer: its thoughts come elsewhere."""
        self._suspected, self._begun = False, True

    def _take(self, is_last: bool) -> str:
        shown = ""
        while self._pending and not self.ended:
            if self._thinking:
                if not self._leave_thoughts():
                    break
            elif (tag := self._next_tag()) is None:
                shown += self._plain(is_last)
                break
            else:
                shown += self._at_tag(tag)
        if self.ended:
            self._pending = ""
        return shown

    def _at_tag(self, tag: re.Match[str]) -> str:
        """Return what is answer before a tag, which is dropped."""
        before, self._pending = self._pending[: tag.start()], self._pending[tag.end() :]
        if tag["turn"]:
            if self._role_expected:
                before = ROLE.sub("", before, count=1)
            if self._suspected:
                self._pending = before + self._pending
                return ""
            self.ended = bool(self._answer.strip() or before.strip())
            self._role_expected = not self.ended
            return self._emit(before)
        if tag["open"]:
            self._thinking = True
            return "" if self._suspected else self._emit(before)
        # All before it were thoughts, though some may have been shown.
        self.closed_unopened = True
        self.begin_answer()
        return self._emit("\n\n") if self._answer.strip() else ""

    def _leave_thoughts(self) -> bool:
        """Drop thoughts up to their closing tag; tell whether it has come."""
        if closing := CLOSE.search(self._pending):
            self._pending, self._thinking = self._pending[closing.end() :], False
            self.begin_answer()
            return True
        self._pending = self._pending[-MAX_TAG_LENGTH:]
        return False

    def _next_tag(self) -> re.Match[str] | None:
        """Return the first tag that is none of the answer's code."""
        if not self._begun and (bare := BARE_CHANNEL.match(self._pending)):
            self._pending = "<think>" + self._pending[bare.end() :]
        return next((tag for tag in TAG.finditer(self._pending) if not self._is_code(tag.start())), None)

    def _is_code(self, position: int) -> bool:
        before = self._answer + self._pending[:position]
        return len(FENCE.findall(before)) % 2 == 1 or before.rpartition("\n")[2].count("`") % 2 == 1

    def _plain(self, is_last: bool) -> str:
        """Return what is pending as far as it is answer and can become no tag."""
        if self._role_expected:
            self._pending = ROLE.sub("", self._pending, count=1)
            self._role_expected = "assistant".startswith(self._pending)
            if self._role_expected and not is_last:
                return ""
        # A turn may end within code, too.
        turns = TRAILING_TURNS.search(self._pending)
        if is_last:
            text, self._pending = self._pending[: turns.start() if turns else None], ""
            return self._emit(text)
        if not self._begun:
            verdict = self._suspected or _reads_like_thoughts(self._pending)
            if verdict is not False:
                self._suspected = bool(verdict)
                return ""
        waiting = turns or PARTIAL.search(self._pending)
        end = waiting.start() if waiting else len(self._pending)
        text, self._pending = self._pending[:end], self._pending[end:]
        return self._emit(text)

    def _emit(self, text: str) -> str:
        self._begun = self._begun or bool(text.strip())
        self._answer += text
        return text


def _reads_like_thoughts(opening: str) -> bool | None:
    """Tell whether an opening reads like thoughts about the question; None while that is not clear."""
    if THOUGHTS_ELSEWHERE.match(opening):
        return True
    text = opening.lstrip()
    if text[:1] >= WITHOUT_SPACES and len(text) < LONGEST_ELSEWHERE:
        return None
    if text.startswith(("```", "~~~", "|")):
        return False
    for number, match in enumerate(WORD.finditer(text.lower().replace("’", "'"))):
        word, suspicious = match[0], THOUGHT_WORDS if number else THOUGHT_WORDS | FIRST_WORDS
        # The last word may go on.
        goes_on = match.end() == len(text)
        if goes_on and (number == 0 or any(each.startswith(word) for each in suspicious | OPEN_WORDS)):
            return None
        # Whoever thinks begins by reading, looking or checking.
        if word in suspicious or (number == 0 and word.endswith("ing")):
            return True
        if word not in OPEN_WORDS:
            return False
    return None
