"""Every quick start, in the order of the list."""

from oauth2system.ui.docs.quick_starts import simple_flow, software
from oauth2system.ui.docs.quick_starts.javascript import EXPRESS, NEXT, NODE, PAGE
from oauth2system.ui.docs.quick_starts.languages import CURL, DESKTOP, GO, PHP, SPRING
from oauth2system.ui.docs.quick_starts.python import DJANGO, FASTAPI, FLASK
from oauth2system.ui.docs.quick_starts.start import QuickStart

_CODE = (CURL, FLASK, DJANGO, FASTAPI, NODE, EXPRESS, NEXT, GO, PHP, SPRING, PAGE, DESKTOP)
ALL: dict[str, QuickStart] = {start.name: start for start in (*simple_flow.ALL, *_CODE, *software.ALL)}
