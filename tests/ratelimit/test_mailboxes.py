"""Mailboxes: which e-mail addresses reach the same one."""

import pytest

from chatkit.ratelimit.mailboxes import normalize_email

# The spellings of a line reach one mailbox, and no two lines do.
MAILBOXES = (
    (
        "reader@example.com",
        "Reader@Example.COM",
        "reader+news@example.com",
        "reader+a+b@example.com.",
        " reader@example.com",
    ),
    ("rea.der@example.com",),
    ("rea-der@example.com",),
    ("firstlast@gmail.com", "first.last+news@gmail.com", "f.i.r.s.t.last@googlemail.com"),
    ("reader@icloud.com", "reader@me.com", "Reader+x@mac.com"),
    ("rea.der@icloud.com",),
    ("reader@proton.me", "r.e-a_der@protonmail.com", "reader+x@pm.me", "rea-der@protonmail.ch"),
    ("reader@fastmail.com", "reader+x@fastmail.com", "anything@reader.fastmail.com", "o.t+her@reader.fastmail.com"),
    ("reader@fastmail.fm", "shop@reader.fastmail.fm"),
    ("reader@outlook.com", "reader+x@outlook.com"),
    ("reader@hotmail.com", "reader+x@hotmail.com"),
    ("rea.der@live.com", "rea.der+x@live.com"),
    ("reader@yahoo.com", "reader-shop@yahoo.com", "READER-a-b@yahoo.com"),
    ("reader@yahoo.co.uk", "reader-shop@yahoo.co.uk"),
    ("reader@ymail.com", "reader-shop@ymail.com"),
    ("rea-der@yandex.ru", "rea.der@ya.ru", "rea.der+x@yandex.com"),
    ("reader@b\u00fccher.example", "reader@xn--bcher-kva.example", "reader@B\u00dcCHER.example"),
    ("+x@example.com",),
    ("-@yahoo.com",),
    ("no address",),
)


@pytest.mark.parametrize("spellings", MAILBOXES, ids=lambda spellings: spellings[0])
def test_every_spelling_of_a_mailbox_is_counted_as_one(spellings: tuple[str, ...]) -> None:
    assert len({normalize_email(spelling) for spelling in spellings}) == 1


def test_no_two_mailboxes_are_counted_as_one() -> None:
    assert len({normalize_email(spellings[0]) for spellings in MAILBOXES}) == len(MAILBOXES)
