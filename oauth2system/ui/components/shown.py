"""The type of everything that a page shows."""

from typing import Any

# A word, a Var of one, or a component: vars of a state are typed as their values, so no narrower type holds.
Shown = Any
