"""Codes in our own addresses and the sentences they stand for: the only texts a link can make us show.

A native form answers with `?error=<code>` or `?notice=<code>`; whatever is not in these tables is
shown as nothing, so nobody can put words into our mouth by a link.
"""

from collections.abc import Mapping
from typing import NamedTuple

from oauth2system.i18n import N_, Message


class PageMessage(NamedTuple):
    """A sentence and how it is meant: good, bad, warn or info."""

    text: Message
    kind: str


NOTHING = PageMessage(Message(""), "info")
_LONGEST_WAIT = 4

ERRORS: dict[str, Message] = {
    "credentials": N_("Wrong username or password."),
    "throttled": N_("Too many attempts. Wait a few minutes, then try again."),
    "busy": N_("The server is busy right now. Nothing was changed; try again in a moment."),
    "form": N_("Check the fields that are marked below."),
    "incomplete": N_("The form was incomplete. Fill it in and send it again."),
    "attempts": N_("Too many attempts. Try again in {minutes} minutes, or choose a new password now."),
    "cookies": N_(
        "Your browser kept no cookie, so you are not signed in. Allow cookies for this site, then sign in again."
    ),
    "waiting": N_("This sign-in has ended. Sign in again."),
    "token": N_("This link does not work any more. Ask for a new one."),
    "held": N_("This address belongs to another account by now. Sign in with that one."),
    "closed": N_("This server takes no new accounts. Ask its administrator."),
    "invite": N_("This server is by invitation only, and this invitation does not work."),
    "kept_back": N_(
        "Another account gave this address up in the last 7 days and may take it back. Try again in a week."
    ),
    "mail_domain": N_("Addresses of this domain may not be used here any more. Choose another address."),
    "password": N_("This is not your current password."),
    "passkey_unknown": N_("This passkey is not known here; it may have been removed. Sign in another way."),
    "passkey_unverified": N_(
        "This passkey did not check that it is you. Use one with a fingerprint, a face or a PIN, or your password."
    ),
    "passkey_refused": N_(
        "This passkey is not accepted any more: its counter shows that a copy of it was used. Sign in another way, "
        "then remove it on the Security page."
    ),
    "passkey_origin": N_("This passkey was used at another address. Open this page at the server's own address."),
    "passkey_late": N_("That took too long, or came from another tab or browser. Try again."),
    "passkey_wrong": N_("This passkey could not be checked. Try again, or go on another way."),
    "passkey_other": N_("This passkey belongs to another account than the one that is signing in."),
    "passkey_not_yours": N_(
        "This passkey belongs to another account. Confirm with a passkey or the password of the account that is "
        "signed in."
    ),
    "factor_there": N_("This account has a second factor by now. Sign in again, and use it."),
    "passkey_taken": N_("This passkey belongs to an account already."),
    "passkey_kind": N_("This kind of passkey cannot be used here. Try another device."),
    "passkey_full": N_("You have as many passkeys as an account can have. Remove one first."),
    "passkey_unconfirmed": N_("Confirm your email first; then you can add passkeys."),
    "device_code": N_("No device has this code. Check it, or let the device show a new one."),
    "device_expired": N_("This code has expired. Start again on the device."),
    "device_account": N_("Another account is signed in now. Check it and the code before you answer."),
    "device_factor": N_(
        "This app asks for a second step. Set up an authenticator app under Security, sign in again, then come back."
    ),
    "device_unconfirmed": N_("Confirm your email first; then you can connect devices."),
    "disabled": N_("This app is not available any more."),
    "picture_none": N_("Choose a picture first."),
    "picture_several": N_("Send one picture at a time."),
    "picture_kind": N_("This file is no picture that can be read here. Choose a PNG, JPEG, WebP or GIF file."),
    "picture_large": N_("This picture is larger than 8 MB. Choose a smaller one."),
    "picture_pixels": N_("This picture has too many pixels. Choose one of at most 4000 by 4000 pixels."),
    "picture_damaged": N_("This picture is damaged or incomplete. Choose another one."),
    "picture_slow": N_("The picture did not arrive in time. Try again, or choose a smaller one."),
    "picture_busy": N_("Other pictures are just being received. Try again in a moment."),
    "picture_often": N_("Too many pictures were uploaded in a short time. Try again later."),
    "picture_unconfirmed": N_("Confirm your email first; then you can upload a picture."),
}

NOTICES: dict[str, tuple[str, Message]] = {
    "confirmed": ("good", N_("Your email is confirmed. Go back to the device where you began, or sign in here.")),
    "welcome": ("good", N_("Your email is confirmed. Welcome!")),
    "signed_out": ("good", N_("You are signed out.")),
    "signed_out_everywhere": ("good", N_("You are signed out on every device.")),
    "sent": ("info", N_("We have sent you a message. Look into your inbox.")),
    "resent": ("info", N_("A new link is on its way. Look into your inbox, and into the spam folder.")),
    "password_changed": ("good", N_("Your password is changed. Other devices were signed out.")),
    "password_reset": ("good", N_("Your new password is set. Sign in with it.")),
    "authenticator_added": ("good", N_("Your authenticator app is set up. The next sign-in asks for a code.")),
    "authenticator_removed": ("good", N_("The authenticator app is removed.")),
    "codes_saved": ("good", N_("Keep your recovery codes where you find them without your phone.")),
    "trust_ended": ("good", N_("No browser is trusted any more. The next sign-in asks for a second factor.")),
    "email_changed": ("good", N_("Your email is confirmed.")),
    "passkey_added": ("good", N_("Your passkey is added. Use it the next time you sign in.")),
    "app_deleted": ("good", N_("The app and everything that belonged to it are deleted.")),
    "deletion_asked": (
        "warn",
        N_("Your account is disabled, and will be deleted in 14 days. Sign in before then to keep it."),
    ),
    "account_kept": ("good", N_("Your account is kept, and works as before. Sign in to use it.")),
    "move_undone": (
        "warn",
        N_("Your old address is back, and every device is signed out. We have sent you a link for a new password."),
    ),
    "device_allowed": ("good", N_("The device is connected. It goes on by itself in a few seconds.")),
    "device_denied": ("info", N_("The device was not connected.")),
    "device_agreed": ("info", N_("You have answered this already, and you agreed. See it under Your connections.")),
    "device_refused": ("info", N_("You have answered this already: you did not agree. Nothing was shared.")),
    "set_up": ("good", N_("Welcome! You are the administrator of this server.")),
    "resent_to": ("info", N_("If an unconfirmed account has this address, a new link is on its way.")),
    "username_changed": ("good", N_("Your username is changed. The old one stays yours for a year.")),
    "email_moved": ("info", N_("The address is changed. A link is on its way to the new one.")),
    "confirmed_late": ("good", N_("Your email is confirmed.")),
    "signed_out_meanwhile": ("info", N_("You signed out in another tab. Sign in again to go on.")),
    "promoted": ("good", N_("You are the administrator of this server now.")),
    "picture_saved": ("good", N_("Your picture is saved. Sites see it the next time they look.")),
    "picture_removed": ("good", N_("Your picture is removed.")),
    "logo_saved": ("good", N_("The logo is saved.")),
    "logo_removed": ("good", N_("The logo is removed.")),
    "sign_in_disowned": (
        "warn",
        N_("That browser is signed out. Choose a new password now: somebody else knows yours."),
    ),
    "others_ended": (
        "warn",
        N_("Every other browser is signed out. Choose a new password now: somebody else may know yours."),
    ),
    "guessed": ("warn", N_("If somebody else tries to sign in, choose a password that you use nowhere else.")),
    "disowned_by_link": (
        "warn",
        N_("That browser is signed out. We have sent you a link for a new password: somebody else knows yours."),
    ),
    "stepped_up": ("info", N_("You have confirmed that it is you. Nothing is changed yet: do it once more.")),
    "sign_in_first": ("info", N_("Sign in to go on.")),
}

# After these a person is asked whether the sessions of other browsers should end.
FACTORS_CHANGED = frozenset({"authenticator_added", "authenticator_removed", "codes_saved", "passkey_added"})


def error(code: str, wait: str = "") -> PageMessage:
    """Return the sentence of an error code; `wait` is how many minutes to wait, where it says so."""
    if code not in ERRORS:
        return NOTHING
    if code != "attempts":
        return PageMessage(ERRORS[code], "bad")
    minutes = wait if wait.isascii() and wait.isdecimal() and len(wait) <= _LONGEST_WAIT else "10"
    if minutes == "1":
        return PageMessage(N_("Too many attempts. Try again in a minute, or choose a new password now."), "bad")
    return PageMessage(N_(ERRORS[code].template, minutes=minutes), "bad")


def notice(code: str) -> PageMessage:
    """Return the sentence of a notice code."""
    if code not in NOTICES:
        return NOTHING
    kind, text = NOTICES[code]
    return PageMessage(text, kind)


def query_of(code: str) -> dict[str, str]:
    """Return what an address carries so that its page says the sentence of this code."""
    return {"notice" if code in NOTICES else "error": code}


def of_query(query: Mapping[str, str]) -> PageMessage:
    """Return what an address asks to be said; an error outranks a notice."""
    found = error(query.get("error", ""), query.get("wait", ""))
    return found if found.text else notice(query.get("notice", ""))
