"""How long everything lives: every duration that this server chose, room by room, each with its reason.

What a standard fixes stands in `protocol/`, where the rule is. Mails and pages name some of these times in words
(services/delivery/message_texts.py): change both.
"""

from datetime import timedelta
from typing import Self


class Lifetime(timedelta):
    """A duration, also in the whole milliseconds that rows keep and the whole seconds that answers name."""

    in_ms: int
    in_seconds: int

    def __new__(cls, *, days: int = 0, hours: int = 0, minutes: int = 0, seconds: float = 0) -> Self:
        """Work both out once: some are read at every request."""
        made = super().__new__(cls, days=days, hours=hours, minutes=minutes, seconds=seconds)
        made.in_ms = made // timedelta(milliseconds=1)
        made.in_seconds = made.in_ms // 1000
        return made


# keys: our signing keys
JWKS_CACHED = Lifetime(hours=1)  # how long anybody may keep our key set without asking again
KEYRING_FRESH = Lifetime(seconds=5)  # a key rotated by another process is known here that soon
KEYRING_RETRY = Lifetime(seconds=2)  # anybody may name an unknown key: it is looked up no more often than this
KEY_PUBLISHED_BEFORE = Lifetime(hours=2)  # longer than any cache: who checks a signature has seen the key
KEY_PUBLISHED_AFTER = Lifetime(days=1)  # longer than any token that the key signed
KEY_ROTATED = Lifetime(days=90)  # a stolen key is worth no more than a season
KEY_REMEMBERED = Lifetime(days=400)  # expired ID tokens come back as hints (OpenID Connect RP-Initiated Logout §2)

# clients
CLIENT_KEYS_FRESH = Lifetime(hours=1)  # a client that rotates its keys keeps the old one published for longer
CLIENT_KEYS_RETRY = Lifetime(minutes=1)  # nobody can use us to load a client's server (T133)
NEW_APP = Lifetime(days=7)  # for so long the page of consent says first of an app that it is new
DOMAIN_CHECK = Lifetime(days=7)  # a domain that changed hands is noticed within a week
DOMAIN_CHECK_RETRY = Lifetime(days=1)  # a name server or a site that is down is back by then
DOMAIN_CHECK_LEASE = Lifetime(minutes=5)  # longer than any check: one of a process that died is made again
DOMAIN_PROOF = Lifetime(days=21)  # a proof that no check has seen for so long does not count
REREAD_LONGEST = Lifetime(hours=24)  # an app may read a simple code again: for a day, not as a session
SECRET_MONTH = Lifetime(days=30)  # a client secret of somebody who rotates by a calendar
SECRET_SEASON = Lifetime(days=90)  # the same; what rules of companies often ask for
SECRET_YEAR = Lifetime(days=365)  # the same; long enough to forget it, so there are mails
SECRET_LONGEST = Lifetime(days=3653)  # a date is within ten years, or it was mistyped
SECRET_FIRST_MAIL = Lifetime(days=14)  # before a secret expires: time to plan the change
SECRET_SECOND_MAIL = Lifetime(days=3)  # a weekend lies between
SECRET_SILENT = Lifetime(hours=24)  # a job that runs once a day has run: nobody uses the old secret any more
HEALTH_LOOKS_BACK = Lifetime(days=90)  # what an app does once a season counts
REDIRECT_USE_KEPT = Lifetime(days=400)  # as long as the counts of its events

# tokens
CODE = Lifetime(seconds=60)  # a redirect and one request (RFC 6749 §4.1.2 allows ten minutes)
SIMPLE_CODE = Lifetime(seconds=120)  # the same, for sites written by hand
USED_CODE = Lifetime(minutes=10)  # who presents a used code again is noticed (T043)
ACCESS_TOKEN = Lifetime(minutes=10)  # a stolen one is soon worthless; apps renew it by themselves
REFRESH_TOKEN_IDLE = Lifetime(days=14)  # an app that was not used for two weeks asks again
REFRESH_TOKEN = Lifetime(days=90)  # however often it was renewed, the person is asked again
REFRESH_GRACE = Lifetime(seconds=10)  # an answer lost on the way is asked for again with the old token
ID_TOKEN = Lifetime(hours=1)  # long enough for a client whose clock is wrong by minutes
DPOP_NONCE = Lifetime(minutes=5)  # a proof made in advance is worthless after two of them (RFC 9449 §8)
ENDED_TOKEN_KEPT = Lifetime(hours=1)  # a token presented late is distinguished from an unknown one
ENDED_FAMILY_KEPT = Lifetime(days=31)  # a sign-out reaches every app of the session: as long as sessions live
ACCESS_ENDED_MAIL = Lifetime(days=3)  # a warning that comes later helps nobody

# the playground of an app
PLAYGROUND_RUN = Lifetime(minutes=15)  # long enough to read every step; then its tokens are forgotten
TEST_PERSON = Lifetime(days=7)  # nobody comes back to one that was made last week

# sessions
SESSION_IDLE = Lifetime(days=7)  # a browser that was not used for a week signs in again
SESSION = Lifetime(days=30)  # and so does every browser once a month (NIST SP 800-63B-4 §2.1.3)
BRIEF_SESSION_IDLE = Lifetime(hours=1)  # for a person who does not stay signed in: somebody else may use the computer
BRIEF_SESSION = Lifetime(hours=24)  # and such a browser is never left open for longer than a day
SESSION_SEEN = Lifetime(minutes=5)  # "last seen" is written no more often: a read stays a read
STEP_UP = Lifetime(minutes=10)  # long enough to change several things, too short for a browser that was left open
KNOWN_BROWSER = Lifetime(days=365)  # a browser that signed in before is recognised for a year
PASSKEY_CHALLENGE = Lifetime(minutes=6)  # a browser gives up after five (protocol/passkeys.py)
PASSKEY_OFFER_RESTS = Lifetime(days=90)  # who said "Not now" is not asked again in the same season
WAITING_SIGN_IN = Lifetime(minutes=10)  # after the password: find the phone, open the app, type its code
TRUSTED_BROWSER = Lifetime(days=30)  # a browser that is trusted asks for no second factor: a month, as sessions last
FACTOR_SET_UP = Lifetime(minutes=30)  # an app may have to be installed first
CODES_SHOWN = Lifetime(minutes=10)  # new recovery codes can be read again for as long as saving them takes
SIGN_OUT_PAGE = Lifetime(minutes=10)  # somebody is about to answer it
LOGOUT_NOTICE = Lifetime(hours=2)  # a client that is away for longer has forgotten the session by itself

# requests
BODY_LOOK = Lifetime(seconds=10)  # a body that is still not there at the second look, 10 to 20 s later, does not come
UPLOAD = Lifetime(minutes=3)  # the largest picture on a slow line
# An idle connection, the head of a request, or a client that does not read; longer than proxies keep theirs (nginx:
# 60 s), or they would send requests into closing connections.
CONNECTION_IDLE = Lifetime(seconds=75)
CONNECTION_LAST = Lifetime(seconds=5)  # what a client still sends after its last answer is thrown away for so long
CONNECTION_LOOK = Lifetime(seconds=5)  # between two looks at all connections

# pictures
LOGO_FETCH = Lifetime(days=1)  # an app registers its logo before its site is up
PICTURE_CACHED = Lifetime(days=1)  # a picture that was removed is gone everywhere a day later

# event sockets, and the page states behind them
PAGE_KEPT = Lifetime(minutes=15)  # somebody who comes back after a pause finds the page as it was
ANONYMOUS_PAGE_KEPT = Lifetime(minutes=1)  # a lost connection is found again by then; nothing was typed into it
SOCKET_SILENT = Lifetime(minutes=1)  # a browser answers our ping every 25 seconds
SOCKET_IDLE = Lifetime(minutes=5)  # a page without a session that nobody uses; it connects again by itself
SOCKET_READ = Lifetime(seconds=20)  # a browser that does not take what we send in this time is gone

# authorization
LANGUAGE_CHOICE = Lifetime(days=365)
FLOW = Lifetime(minutes=30)  # signing in may take a registration and a mail
FLOW_EXPIRED_KEPT = Lifetime(hours=1)  # the page of a request that expired names the site it came from
FLOW_ANSWERED_KEPT = Lifetime(days=1)  # going back to an answered request shows how it ended
PUSHED_REQUEST = Lifetime(seconds=90)  # the browser comes at once (RFC 9126 §2.2 suggests 5 to 600 seconds)
DEVICE_CODE = Lifetime(minutes=10)  # find the phone, sign in, type the code
UNDO_REVOCATION = Lifetime(seconds=15)  # the page offers it for ten seconds; the rest is for a slow line
CROSS_SITE_POST = Lifetime(minutes=10)  # the browser comes back for it at once

# delivery: links in mails, and how mails and notices are tried again
CONFIRM_LINK = Lifetime(hours=24)  # some mail servers make new senders wait for hours
RESET_LINK = Lifetime(minutes=30)  # it opens an account: as short as a slow mail allows
NEW_SIGN_IN_LINK = Lifetime(days=7)  # the same: it ends a sign-in, and gives nothing away
UNDO_LINK = Lifetime(days=7)  # somebody who was away for a week can still undo it
DELIVERY = Lifetime(minutes=2)  # a server that answers, but never ends, is given up for this time
DELIVERY_LEASE = Lifetime(minutes=5)  # longer than any delivery: what a dead process held is tried again
HOST_RESTS = Lifetime(minutes=5)  # a host that accepted and never answered holds up nobody in the meantime
DELIVERY_FIRST_PAUSE = Lifetime(seconds=20)  # most troubles pass in seconds; each further pause is twice as long
DELIVERY_LONGEST_PAUSE = Lifetime(hours=1)  # when a server is back, its mails come within the hour

# accounts and administrators
SAVED_FORM = Lifetime(minutes=15)  # a form with a mistake in it comes back filled in
UNCONFIRMED_ACCOUNT = Lifetime(days=14)  # nobody holds a username without a mailbox for longer
DELETION = Lifetime(days=14)  # somebody who did not ask for it, or regrets it, comes back from a holiday in time
EXPORT_KEPT = Lifetime(hours=1)  # a download that was not begun by then is made again
RELEASED_USERNAME = Lifetime(days=365)  # sites that know people by username have forgotten its last owner by then
SETUP_LINK = Lifetime(hours=24)  # it makes an administrator; the server prints a new one at every start
INVITATION_KEPT = Lifetime(days=90)  # after it expired, its link still says so
INVITATION = Lifetime(days=7)  # an invitation is read within a week, or sent again

# maintenance: how often it runs
READS_EVERY = Lifetime(seconds=1)  # a crash loses a second of what people see about reads of their data
LOG_EVERY = Lifetime(seconds=0.5)  # owners watch their log while they try something: it appears within a second
NOTES_EVERY = Lifetime(seconds=5)  # a crash loses a few seconds of "last used", and no more
GIVEN_UP_EVERY = Lifetime(minutes=1)  # the log of an app says soon after the end that a visitor gave up
MAINTENANCE_EVERY = Lifetime(minutes=5)  # soon enough to keep the database small

# maintenance: how long what is over can still be read, by the person who asks why and by an administrator
USED_UP_KEPT = Lifetime(hours=1)
REQUEST_KEPT = Lifetime(minutes=2)  # what an app pushed or posted is large, and read only while it is valid
SESSION_KEPT = Lifetime(days=1)
UNDELIVERED_KEPT = Lifetime(days=30)
JOB_FAILURE_SHOWN = Lifetime(hours=2)  # `check` names a job that failed; one that still fails is recorded each hour
AUDIT_KEPT = Lifetime(days=400)  # a year and a month: last year's question can be answered
READS_MERGED = Lifetime(hours=1)  # equal reads within one hour are one line with a count
LOG_MERGED = Lifetime(minutes=10)  # equal events of an app within these are one line with a count
LOG_KEPT = Lifetime(days=30)  # who comes back from a holiday still finds why the sign-in broke
COUNTS_KEPT = Lifetime(days=400)  # last year's month can be compared with this one
FETCHED_WORTH = Lifetime(days=1)  # the record of reads says it exactly; the stamp is for when that is purged
