"""What a worker does when all is loaded."""

import gc

from oauth2system.cli import supervisor


def test_what_was_loaded_is_out_of_the_collectors_rounds() -> None:
    before, thresholds = gc.get_freeze_count(), gc.get_threshold()
    try:
        supervisor.settle()
        assert gc.get_freeze_count() > before
        assert gc.get_threshold() == (supervisor.COLLECT_AFTER, *thresholds[1:])
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
