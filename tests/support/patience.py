"""How long a test waits for what must come: only a broken program takes so long, however busy the machine is."""

PATIENCE_S = 30.0
