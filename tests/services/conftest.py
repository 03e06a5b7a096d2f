"""Every test here may ask for the founding story's house."""

from tests.support.story import story as story  # noqa: PLC0414  (a fixture is found by its name here)
