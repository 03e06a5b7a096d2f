"""Client ids of no app: administrators read them, and nobody else."""

import pytest

from oauth2system.errors import NotPermitted
from oauth2system.services.admin import unknown_apps
from tests.support.in_process.story import Story


def test_t119_only_administrators_read_which_unknown_ids_were_sent(story: Story) -> None:
    story.stranger().get("/oauth2/authorize?client_id=404")
    boss = story.member("boss", admin=True)
    (found,) = story.run_procedure(unknown_apps.open_unknown, caller=boss.caller)
    assert (found.sent_id, found.stage, found.times) == ("404", "authorize", 1)
    for other in (story.member("grace"), story.stranger()):
        with pytest.raises(NotPermitted):
            story.run_procedure(unknown_apps.open_unknown, caller=other.caller)
