"""What browsers say of themselves, and what people call them."""

import pytest

from oauth2system.policy import user_agents

WEBKIT, KHTML = "AppleWebKit/537.36", "(KHTML, like Gecko)"
IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} {KHTML} Chrome/126.0.0.0 Safari/537.36"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} {KHTML}"


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox", "Ubuntu"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox", "Windows"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "Firefox", "Android"),
        (f"{IOS} FxiOS/127.0 Mobile/15E148 Safari/605.1.15", "Firefox", "iPhone"),
        (WINDOWS, "Chrome", "Windows"),
        (f"{WINDOWS} Edg/126.0.0.0", "Edge", "Windows"),
        (f"{WINDOWS} OPR/111.0.0.0", "Opera", "Windows"),
        (f"{WINDOWS} Vivaldi/6.8", "Vivaldi", "Windows"),
        (f"{ANDROID} Chrome/126.0.0.0 Mobile Safari/537.36", "Chrome", "Android"),
        (f"{ANDROID} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36", "Samsung Internet", "Android"),
        (f"{ANDROID} Chrome/126.0.0.0 Mobile Safari/537.36 EdgA/126.0.0.0", "Edge", "Android"),
        (f"{IOS} CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1", "Chrome", "iPhone"),
        (f"{IOS} Version/17.4 Mobile/15E148 Safari/604.1", "Safari", "iPhone"),
        (f"{IOS} Mobile/15E148", "Safari", "iPhone"),
        (f"{MAC} Version/17.4 Safari/605.1.15", "Safari", "macOS"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} {KHTML} Chrome/126.0.0.0", "Chrome", "ChromeOS"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} {KHTML} HeadlessChrome/126.0.0.0 Safari/537.36", "Chrome", "Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer", "Windows"),
        ("curl/8.5.0", "program", ""),
        ("", "", ""),
        ("\u202e<script>", "", ""),
    ],
)  # fmt: skip
def test_an_agent_is_read_as_the_browser_and_system_that_people_know(agent: str, browser: str, system: str) -> None:
    assert user_agents.read(agent) == (browser, system)
