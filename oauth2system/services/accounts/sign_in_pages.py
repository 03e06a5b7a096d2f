"""What each page of the way in shows, read in one service call when it is opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oauth2system.errors import NotPermitted, TooManyAttempts
from oauth2system.i18n import N_, Message
from oauth2system.policy import lifetimes, page_messages
from oauth2system.protocol.tokens.format import Kind
from oauth2system.runtime import one_time_links
from oauth2system.runtime.context import Context
from oauth2system.runtime.lanes import reads, writes
from oauth2system.runtime.one_time_links import LinkStage
from oauth2system.services.accounts import admission, saved_forms
from oauth2system.services.accounts.page_request import PageRequest
from oauth2system.services.accounts.terms import current
from oauth2system.services.accounts.terms.current import Terms
from oauth2system.services.authorization import consents, device, flow_view
from oauth2system.services.authorization.consents import ConsentView
from oauth2system.services.authorization.device import DeviceView
from oauth2system.services.authorization.flow_view import FlowView
from oauth2system.services.sessions import sessions
from oauth2system.setting_types.choices import RegistrationMode
from oauth2system.storage.tables import deletions, users


@dataclass(frozen=True, slots=True)
class PageVisit:
    """What every such page needs: who is signed in, the site it is for, and a form that was refused."""

    username: str = ""
    display_name: str = ""
    flow: FlowView | None = None
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: Mapping[str, Message] = field(default_factory=dict[str, Message])
    shows_mailbox: bool = False
    # Somebody is signed in here, and that does not count until they accept the terms, or have a second factor.
    owes_terms: bool = False
    owes_factor: bool = False

    @property
    def signed_in(self) -> bool:
        """Return whether somebody is signed in."""
        return self.username != ""


@reads
def open_page(ctx: Context, page: PageRequest) -> PageVisit:
    """Return who opens a page, and what the parameters of its address name."""
    session, handle = ctx.session, page.get("flow")
    waits = session is None and sessions.find_begun(ctx) is not None
    owes_terms = waits and sessions.find_owing_terms(ctx) is not None
    kept = saved_forms.find(ctx, page.get("form")) if page.get("form") else None
    return PageVisit(
        username=session.username if session else "",
        display_name=session.display_name if session else "",
        flow=flow_view.view(ctx, handle, page.browser) if handle else None,
        values=kept.values if kept else {},
        problems=kept.problems if kept else {},
        shows_mailbox=ctx.settings.shows_mailbox,
        owes_terms=owes_terms,
        owes_factor=waits and not owes_terms,
    )


@dataclass(frozen=True, slots=True)
class RegistrationView:
    """The registration page; `refusal` says why registration is not possible, or not with this invitation."""

    visit: PageVisit
    refusal: Message | None = None
    terms: Terms | None = None


@reads
def open_registration(ctx: Context, page: PageRequest) -> RegistrationView:
    """Return whether this visitor may register, before anything is typed."""
    seen, mode, terms = open_page(ctx, page), admission.find_mode(ctx), current.find(ctx)
    if mode is RegistrationMode.OPEN:
        return RegistrationView(seen, terms=terms)
    if mode is RegistrationMode.CLOSED:
        return RegistrationView(seen, page_messages.ERRORS["closed"])
    invite = page.get("invite")
    if not invite:
        return RegistrationView(seen, N_("This server is by invitation only. Open the link in your invitation."))
    return RegistrationView(seen, admission.find_problem(ctx, invite), terms)


@dataclass(frozen=True, slots=True)
class SetupView:
    """The set-up page: the link, whether there is an administrator by now, and who could become one."""

    visit: PageVisit
    link: LinkStage
    has_admin: bool
    has_link: bool
    may_be_promoted: bool = False


@reads
def open_setup(ctx: Context, page: PageRequest) -> SetupView:
    """Judge the set-up link when it is opened."""
    sight = one_time_links.look(ctx, Kind.SETUP, page.get("token"), lives=lifetimes.SETUP_LINK)
    session = ctx.session
    return SetupView(
        visit=open_page(ctx, page),
        link=sight.stage,
        has_admin=users.has_admin(ctx.db),
        has_link=bool(page.get("token")),
        may_be_promoted=session is not None and not session.is_admin,
    )


@dataclass(frozen=True, slots=True)
class ResetView:
    """The page for a forgotten password; `link` is None without one, `account` is the person it is for."""

    visit: PageVisit
    link: LinkStage | None = None
    account: str = ""


@reads
def open_password_reset(ctx: Context, page: PageRequest) -> ResetView:
    """Judge the link of the mail when it is opened."""
    if not page.get("token"):
        return ResetView(open_page(ctx, page))
    sight = one_time_links.look(ctx, Kind.RESET, page.get("token"), lives=lifetimes.RESET_LINK)
    user = users.find(ctx.db, sight.row.user_id) if sight.row and sight.row.user_id else None
    if sight.stage is LinkStage.USABLE and (user is None or deletions.bars(ctx.db, user, ctx.now)):
        return ResetView(open_page(ctx, page), LinkStage.UNKNOWN)
    return ResetView(open_page(ctx, page), sight.stage, user.username if user else "")


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """The consent page: the question, or nothing where the request cannot be answered."""

    visit: PageVisit
    question: ConsentView | None = None


@reads
def open_consent(ctx: Context, page: PageRequest) -> ConsentPage:
    """Return the request as the signed-in person may see it."""
    seen = open_page(ctx, page)
    if ctx.session is None or seen.flow is None or not seen.flow.is_open:
        return ConsentPage(seen)
    return ConsentPage(seen, consents.ask(ctx, seen.flow))


@dataclass(frozen=True, slots=True)
class DevicePage:
    """The device page: the question behind a code, or the page code of the reason why there is none."""

    visit: PageVisit
    question: DeviceView | None = None
    code: str = ""
    refusal: Message | None = None


@writes
def open_device(ctx: Context, page: PageRequest) -> DevicePage:
    """Return the device request with the code of the address; a wrong code counts as an attempt."""
    seen, typed = open_page(ctx, page), page.get("user_code")[:64]
    if not typed:
        return DevicePage(seen)
    try:
        return DevicePage(seen, device.look(ctx, typed))
    except device.DeviceRefused as refusal:
        return DevicePage(seen, code=refusal.code)
    except TooManyAttempts as refusal:
        return DevicePage(seen, refusal=_too_many(-(-refusal.retry_after // 60)))
    except NotPermitted as refusal:
        return DevicePage(seen, refusal=refusal.message)


def _too_many(minutes: int) -> Message:
    if minutes == 1:
        return N_("Too many codes were tried. Try again in a minute.")
    return N_("Too many codes were tried. Try again in {minutes} minutes.", minutes=minutes)
