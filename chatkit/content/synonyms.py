"""Words that documentation and its readers use for the same thing."""

from functools import lru_cache

from chatkit.content.words import stem

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
    """.strip().splitlines()
)


@lru_cache(maxsize=5_000)
def alike(word: str) -> frozenset[str]:
    """Return other words for the same thing, maybe none."""
    own = stem(word)
    return frozenset(other for group in GROUPS if own in _stems(group) for other in group if stem(other) != own)


@lru_cache
def _stems(group: frozenset[str]) -> frozenset[str]:
    return frozenset(map(stem, group))
