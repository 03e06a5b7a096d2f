"""The house with an app in its playground, for the attacks on it."""

from tests.services.insight.conftest import house, owner

__all__ = ["house", "owner"]
