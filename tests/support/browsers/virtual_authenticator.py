"""Chromium with a virtual authenticator: what a person with a phone or a security key does, without one."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext

from tests.support.browsers.populated_server import DESKTOP, World

# With a virtual authenticator, Chromium takes the first passkey as soon as the username field could offer one.
NO_OFFER = "PublicKeyCredential.isConditionalMediationAvailable = async () => false;"


class Device:
    """A browser with an authenticator, driven through Chromium's own protocol."""

    def __init__(self, context: BrowserContext, *, offers: bool = False, **options: Any) -> None:
        if not offers:
            context.add_init_script(NO_OFFER)
        self.page = context.new_page()
        self._wire: Any = context.new_cdp_session(self.page)
        self._wire.send("WebAuthn.enable", {"enableUI": False})
        given = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            **options,
        }
        self.id = self._wire.send("WebAuthn.addVirtualAuthenticator", {"options": given})["authenticatorId"]

    def send(self, what: str, **more: Any) -> Any:
        return self._wire.send(f"WebAuthn.{what}", {"authenticatorId": self.id, **more})

    def keys(self) -> list[dict[str, Any]]:
        return self.send("getCredentials")["credentials"]

    def set_count(self, count: int) -> None:
        """Put the counter of the one passkey back, as that of a copy."""
        [key] = self.keys()
        self.send("removeCredential", credentialId=key["credentialId"])
        self.send("addCredential", credential={**key, "signCount": count})


def opened(browser: Browser, here: World, *, width: int = DESKTOP) -> BrowserContext:
    return browser.new_context(base_url=here.url, viewport={"width": width, "height": 800}, reduced_motion="reduce")
