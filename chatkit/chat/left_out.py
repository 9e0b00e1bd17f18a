"""Whose questions are left out of the owner's figures: the owners' own, those of test mode, and those of machines.

It is told when a question is asked, and kept as one bit: neither the address nor the program is stored.
"""

import re

from chatkit.config import settings

# What crawlers, monitors and browsers without a person call themselves; a Cubot is a phone. Programs that ask for
# people, such as a site's own server, are none.
MACHINE = re.compile(
    r"(?<!cu)bot(?![a-z])|crawl|spider|slurp|monitor|uptime|pingdom|statuscake|site24x7|checkly|lighthouse|headless|phantomjs"
    r"|playwright|puppeteer|selenium|webdriver",
    re.I,
)


def is_left_out(email: str | None, user_agent: str) -> bool:
    """Tell whether a question of this account, or of nobody's, asked by this program, is no reader's."""
    chosen = settings()
    return chosen.test_mode or (email or "") in chosen.owners or MACHINE.search(user_agent) is not None
