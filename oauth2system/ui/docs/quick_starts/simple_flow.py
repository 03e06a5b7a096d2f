"""Sites that sign people in by the simple flow: the programs of its guide."""

from oauth2system.ui.docs.guides import SIMPLE
from oauth2system.ui.docs.quick_starts.start import PORT, Part, Proof, QuickStart, SiteKind, program

_NODE = SIMPLE.programs["site.mjs"].replace("3000", PORT)

ALL = (
    QuickStart("simple-curl", "curl", SiteKind.SIMPLE, Proof.RUN, (program(SIMPLE, "fetch.sh"),)),
    QuickStart(
        "simple-flask",
        "Flask",
        SiteKind.SIMPLE,
        Proof.RUN,
        # Not site.py: `flask` would import Python's own module of that name.
        (Part("app.py", SIMPLE.programs["site.py"]),),
        install="pip install flask httpx",
        run=f"CLIENT_SECRET=… flask run --port {PORT}",
    ),
    QuickStart(
        "simple-node",
        "Node",
        SiteKind.SIMPLE,
        Proof.RUN,
        (Part("site.mjs", _NODE),),
        run="CLIENT_SECRET=… node site.mjs",
    ),
    QuickStart(
        "simple-php",
        "PHP",
        SiteKind.SIMPLE,
        Proof.RUN,
        (program(SIMPLE, "callback.php"),),
        returns=("/callback.php",),
        run=f"CLIENT_SECRET=… php -S localhost:{PORT}",
    ),
)
