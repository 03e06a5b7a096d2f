"""QR codes as drawings within a page: nothing is loaded, and no other server sees what they say."""

from oauth2system.markup import html
from oauth2system.markup.html import Html

_QUIET = 4  # modules of white around the code (ISO/IEC 18004)


def draw_qr(content: str, label: str) -> Html:
    """Draw a QR code, black on white in every theme; `label` is what a screen reader says."""
    import segno  # noqa: PLC0415  (drawn once by a person, so it is loaded then)

    rows = segno.make(content, error="m", micro=False).matrix
    size = str(len(rows) + 2 * _QUIET)
    dark = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, cell in enumerate(row) if cell
    )
    return html.svg(
        html.path(d=f"M0 0h{size}v{size}H0z", fill="#fff"),
        html.path(d=dark, fill="#000"),
        view_box=f"0 0 {size} {size}",
        class_name="qr",
        role="img",
        custom_attrs={"aria-label": label, "shape-rendering": "crispEdges"},
    )
