"""Many windows sign one person in at once; each is answered, whichever row the others hold."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from oauth2system.services.sessions import sign_in
from oauth2system.services.sessions.sign_in import SignedIn
from tests.support.in_process.browsers import PASSWORD
from tests.support.in_process.story import SITE, Story

WINDOWS = 4
ROUNDS = 12


def test_each_of_many_windows_at_once_is_signed_in(story: Story) -> None:
    """An attempt is counted while another is forgiven: in another order each would hold what the other waits for."""
    story.member("ada")
    match = sign_in.compare(story.ask(sign_in.find, "ada", None), PASSWORD)
    together = Barrier(WINDOWS)

    def sign_in_again_and_again(_window: int) -> list[sign_in.Arrival]:
        together.wait(30)
        return [in_a_window() for _round in range(ROUNDS)]

    def in_a_window() -> sign_in.Arrival:
        attempt = story.runner.now(SITE, sign_in.find, "ada", None)
        return story.runner.now(SITE, sign_in.finish, attempt, match)

    with ThreadPoolExecutor(WINDOWS) as windows:
        arrived = [one for each in windows.map(sign_in_again_and_again, range(WINDOWS)) for one in each]
    assert [type(one) for one in arrived] == [SignedIn] * (WINDOWS * ROUNDS)
