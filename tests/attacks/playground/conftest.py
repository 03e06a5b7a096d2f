"""The house with an app in its playground, for the attacks on it."""

from tests.services.insight.conftest import clock, house, owner, runner

__all__ = ["clock", "house", "owner", "runner"]
