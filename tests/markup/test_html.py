"""Elements of plain HTML: what is text stays text, whatever it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth2system.markup import html

EVIL = "<script>alert(1)</script>\"'>&"


@given(st.text())
def test_t126_a_text_is_never_markup(text: str) -> None:
    written = html.p(text, html.b(text), title=text, custom_attrs={"data-x": text})
    assert written.count("<") == 4
    assert written.count('"') == 4


def test_what_is_an_element_is_taken_as_it_is() -> None:
    assert html.p(html.b("a"), ["&", None, html.b(EVIL)]).startswith("<p><b>a</b>&amp;<b>&lt;script&gt;")


@pytest.mark.parametrize("where", ["javascript:alert(1)", "JavaScript:x", "//evil.example", "data:text/html,x", "x"])
def test_an_address_that_runs_something_is_refused(where: str) -> None:
    with pytest.raises(ValueError, match="address"):
        html.a("x", href=where)
    with pytest.raises(ValueError, match="address"):
        html.form(action=where)


@pytest.mark.parametrize(
    "where", ["com.example.app:/back", "com.example.app:/back?x=1", "https://a.example", "cursor://x"]
)
def test_a_registered_address_may_have_a_scheme_of_its_own(where: str) -> None:
    assert f'href="{where}"' in html.a("x", href=html.RegisteredAddress(where))
    assert f'action="{where}"' in html.form(action=html.RegisteredAddress(where))


@pytest.mark.parametrize(
    "where", ["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "//evil.example", "x", ""]
)
def test_t126_not_even_a_registered_address_runs_something(where: str) -> None:
    with pytest.raises(ValueError, match="address"):
        html.a("x", href=html.RegisteredAddress(where))


@pytest.mark.parametrize("name", ["onclick", "on_click", "x y", 'x"', "OnLoad", "x>"])
def test_an_attribute_that_runs_something_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="attribute"):
        html.div(custom_attrs={name: "alert(1)"})


def test_attributes_are_written_as_html_has_them() -> None:
    field = html.input(
        auto_complete="off", max_length=5, required=True, disabled=False, spell_check=False, class_name=""
    )
    assert field == '<input autocomplete="off" maxlength="5" required spellcheck="false">'
    assert html.label("x", html_for="y", class_name="a") == '<label for="y" class="a">x</label>'
    assert (
        html.svg(view_box="0 0 1 1", custom_attrs={"aria-hidden": True})
        == '<svg viewBox="0 0 1 1" aria-hidden="true"></svg>'
    )


@pytest.mark.parametrize("where", ["HTTPS://a.example/terms", "Http://localhost:5000", "https://a.example"])
def test_a_scheme_may_be_written_in_any_case(where: str) -> None:
    assert f'href="{where}"' in html.a("x", href=where)
