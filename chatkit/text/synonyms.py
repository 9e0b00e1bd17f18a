"""Words that documentation and its readers use for the same thing, in English.

Some were chosen by hand. The others come from ``THESAURUS``, which `tests/eval/thesaurus.py` makes: a line for each
stem that is known, with words and how near their vectors are to its own, in percent.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from chatkit.text.analysis import stem

THESAURUS = Path(__file__).with_name("thesaurus.txt")
# How much of a word another one of its group is.
IN_GROUP = 0.75
# Of two words whose vectors are this near, how much of one the other is: the power keeps words that are only near from
# making a question look answered.
NEARNESS_POWER = 3
GROUPS = tuple(
    frozenset(group.split())
    for group in """
    delete remove erase
    change modify edit adjust customise customize
    start run launch begin
    stop end cancel quit
    install setup
    configure configuration setting option preference
    expire valid last lifetime duration end
    show display appear visible
    allow permit enable
    forbid block deny refuse reject disable
    error problem failure issue fail
    login logon signin sign
    logout logoff signout
    url link address
    domain site website origin host
    page document
    picture image photo icon
    folder directory
    phone mobile smartphone
    email mail
    price cost fee
    color colour
    license licence
    summarise summarize
    update upgrade
    version release
    backup back
    restore recover
    user reader account visitor person people
    limit quota maximum max
    size length long big large
    quick fast speed slow performance
    download export
    upload import
    store save keep kept persist
    question query
    answer reply response
    device computer machine
    database db
    environment env variable
    command cli terminal
    translate translation language
    theme style appearance design
    dark night
    press click
    create generate scaffold
    insert include embed paste
    rename move
    duplicate copy clone
    find search lookup
    choose select pick
    toggle switch
    fix repair solve
    broken crash fail
    require need necessary mandatory
    ignore skip exclude omit
    check verify validate
    hide hidden invisible
    attach connect
    parallel concurrent simultaneous
    secure safe security
    danger risk risky
    secret password credential
    permission right access role
    publish deploy ship
    sidebar menu navigation nav
    header heading title
    parameter argument flag
    function method
    plugin extension addon
    package module library dependency
    refresh reload restart
    schedule cron periodic
    payload body
    example sample demo
    tutorial guide manual
    changelog history
    old outdated deprecated legacy
    latest newest
    execute run invoke
    warning warn
    forward redirect
    drop remove
    several multiple many
    separate split
    combine merge join
    prohibit forbid
    """.strip().splitlines()
)


@lru_cache(maxsize=5_000)
def synonyms_of(word: str) -> Mapping[str, float]:
    """Return other words for the same thing, maybe none, and how much of it each of them is, from 0 to 1."""
    own = stem(word)
    listed = (entry.partition(":") for entry in _thesaurus().get(own, "").split())
    found = {other: (int(percent) / 100) ** NEARNESS_POWER for other, _, percent in listed}
    for group in GROUPS:
        if own in _stems_of(group):
            found |= {other: max(IN_GROUP, found.get(other, 0.0)) for other in group if stem(other) != own}
    return found


def is_known(word: str) -> bool:
    """Tell whether a word, or another form of it, is one that readers of English use."""
    return stem(word) in _thesaurus()


@lru_cache
def _stems_of(group: frozenset[str]) -> frozenset[str]:
    return frozenset(map(stem, group))


@lru_cache
def _thesaurus() -> Mapping[str, str]:
    """Return the line of each stem, without the stem; read when it is first asked for."""
    lines = THESAURUS.read_text(encoding="utf-8").splitlines()
    return {own: entries for own, _, entries in (line.partition(" ") for line in lines)}
