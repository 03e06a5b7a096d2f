"""Which addresses may have an account, where an administrator restricts their domains."""

import pytest

from oauth2system.errors import Invalid
from oauth2system.policy import mail_domains, names, quotas


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("example.org", "example.org"),
        (" Example.ORG ", "example.org"),
        ("@example.org", "example.org"),
        ("*.example.org", "*.example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("*.BÜCHER.example", "*.xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_rule_is_kept_in_the_form_that_is_compared(text: str, kept: str) -> None:
    assert mail_domains.read_domain(text) == kept


@pytest.mark.parametrize(
    "text", ["", "*", "*.", "org", "a@b.example", "*.*.example.org", "ex*ample.org", ".example.org", "a..b", "a/b.org"]
)
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        mail_domains.read_domain(text)


@pytest.mark.parametrize(
    ("rules", "address", "allowed"),
    [
        ([], "ada@anything.example", True),
        (["example.org"], "ada@example.org", True),
        (["example.org"], "ada@EXAMPLE.org", True),
        (["example.org"], "ada@students.example.org", False),  # who runs a domain below may be somebody else
        (["example.org"], "ada@notexample.org", False),
        (["example.org"], "ada@example.org.evil.example", False),
        (["*.example.org"], "ada@students.example.org", True),
        (["*.example.org"], "ada@a.b.example.org", True),
        (["*.example.org"], "ada@example.org", False),
        (["*.example.org"], "ada@notexample.org", False),
        (["xn--bcher-kva.example"], "ada@bücher.example", True),
        (["other.example", "example.org"], "ada@example.org", True),
    ],
)
def test_an_address_is_allowed_by_its_whole_domain(rules: list[str], address: str, *, allowed: bool) -> None:
    assert mail_domains.allows(rules, names.read_email(address).key) is allowed


def test_several_rules_stand_in_one_text() -> None:
    assert mail_domains.read_domains("b.example, a.example\n*.a.example a.example") == (
        "b.example",
        "a.example",
        "*.a.example",
    )
    with pytest.raises(Invalid):
        mail_domains.read_domains(" ".join(f"d{number}.example" for number in range(quotas.MAIL_DOMAINS + 1)))


def test_the_sentence_names_a_few_domains() -> None:
    assert str(mail_domains.make_sentence(["a.example", "b.example"])) == "Use an address of a.example, b.example."
    assert "another domain of ours" in str(mail_domains.make_sentence([f"d{number}.example" for number in range(9)]))
