"""An open page in other looks, without loading it again: width, theme, spacing; and what is wrong in each."""

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.support.browsers.populated_server import DESKTOP, PHONE, Scheme

HEIGHT = 844
SMALLEST_TARGET = 44
# What stands within a line of text may be as high as the line (WCAG 2.5.8).
TARGETS = (
    "button, .button, .nav a, .tabs a, .brand, .crumb, .link-line, .foot a, input:not([type=hidden]), select, summary, "
    ".choice"
)
MOST_STOPS = 25
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }"""
# A theme is put on by script where there is script, a moment after the wish for it has changed.
WEARS = """scheme => {
  const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number);
  return (red + green + blue < 384) === (scheme === "dark");
}"""
# By then the transitions into the look have ended: they last a millisecond where less motion is asked for.
TWO_FRAMES = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
IS_WIDE = "document.documentElement.scrollWidth > innerWidth"
WIDER = """() => [...document.querySelectorAll("body *")]
  .filter(it => it.getBoundingClientRect().right > innerWidth + 1 && !it.closest("pre, table, .tabs, .unseen, .code"))
  .map(it => it.tagName + "." + it.className).slice(0, 3)"""
CUT = """() => [...document.querySelectorAll("h1, h2, h3, p, a, button, label, dt, dd, li > *")]
  .filter(it => it.checkVisibility() && getComputedStyle(it).overflowX === "hidden"
    && it.scrollWidth > it.clientWidth + 1 && !it.closest(".unseen, pre, code"))
  .map(it => it.textContent.trim().slice(0, 40))"""
TOO_SMALL = """([which, least]) => [...document.querySelectorAll(which)]
  .map(it => [it, it.getBoundingClientRect()])
  .filter(([it, box]) => box.width && box.height < least)
  .filter(([it]) => !it.matches(".reveal button, [type=checkbox], .choice input"))
  .map(([it]) => it.textContent.trim() || it.id)"""
# What takes less than a tenth of a second is no movement that anybody sees: the styles make it a millisecond.
MOVING = """() => document.getAnimations().filter(
  it => it.playState === 'running' && it.effect.getComputedTiming().duration > 100).length"""
# Null when the focus is on no element: at the end of the page, before it begins again. Where less motion is asked for,
# the browser has scrolled to what has the focus by the time that the key is done.
HIDDEN_FOCUS = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect();
  if (it === document.body) return null;
  if (!box.width) return "";
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 20)];
  const top = document.elementFromPoint(x, y);
  const seen = top && (it.contains(top) || top.contains(it) || top.closest("label")?.control === it);
  return seen ? "" : (it.textContent.trim() || it.id || it.tagName).slice(0, 40);
}"""


@dataclass(frozen=True, slots=True)
class Look:
    """How wide the window is, and which theme the reader's system wishes for."""

    width: int
    scheme: Scheme

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


ON_A_PHONE_AT_NIGHT = Look(PHONE, "dark")
ON_A_PHONE = Look(PHONE, "light")
ON_A_DESK_AT_NIGHT = Look(DESKTOP, "dark")
ON_A_DESK = Look(DESKTOP, "light")
# 1280 pixels at 400 % (WCAG SC 1.4.10).
AT_400_PERCENT = Look(320, "light")


def put_on(page: Page, look: Look) -> None:
    """Show the page in another look, and return when it wears it."""
    page.set_viewport_size({"width": look.width, "height": HEIGHT})
    page.emulate_media(color_scheme=look.scheme)
    page.wait_for_function(WEARS, arg=look.scheme)
    page.evaluate(TWO_FRAMES)


def misfits(page: Page) -> list[str]:
    """Return what a page lacks to say where the reader is, and what is too wide or too small for a finger."""
    found: list[str] = []
    if page.get_by_role("heading", level=1).count() != 1:
        found.append("not one heading")
    if not page.title().endswith("Oauth2System"):
        found.append(f"title {page.title()!r}")
    if page.locator("html").get_attribute("lang") != "en":
        found.append("no language")
    if page.evaluate(IS_WIDE):
        found.append("wider than the screen")
    landmarks = ("body header.top", "main", "body footer.foot")
    found += [f"not one {landmark}" for landmark in landmarks if page.locator(landmark).count() != 1]
    small: list[str] = page.evaluate(TOO_SMALL, [TARGETS, SMALLEST_TARGET - 0.5])
    return found + [f"too small to press: {name}" for name in small]


def too_wide(page: Page) -> list[str]:
    """Return what does not fit the window."""
    return [f"sideways: {page.evaluate(WIDER)}"] if page.evaluate(IS_WIDE) else []


def too_wide_when_spaced(page: Page) -> list[str]:
    """Return what does not fit, or is cut, with the reader's own spacing of the text (WCAG SC 1.4.12)."""
    style = page.add_style_tag(content=SPACING)
    cut: list[str] = page.evaluate(CUT)
    found = [*too_wide(page), *(f"cut: {text}" for text in cut)]
    style.evaluate("it => it.remove()")
    return found


def movements(page: Page) -> list[str]:
    """Return whether something moves, although the reader's system asks for less motion."""
    return ["moves although less motion is asked for"] if page.evaluate(MOVING) else []


def hidden_stops(page: Page) -> list[str]:
    """Go through the page by the Tab key, and return the first stop that is not in view."""
    for stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        hidden: str | None = page.evaluate(HIDDEN_FOCUS)
        if hidden:  # it may come into view by a transition
            page.evaluate(TWO_FRAMES)
            hidden = page.evaluate(HIDDEN_FOCUS)
        if hidden:
            return [f"the focus is hidden: {hidden}"]
        if hidden is None and stop:
            break
    return []
