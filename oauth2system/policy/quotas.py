"""How much of everything there may be: every limit that this server chose, room by room, each with its reason.

Two kinds of limits stand elsewhere: how often something may be tried (budgets.py), and how much a parser reads of
what an anonymous caller sent (with the parser, in `protocol/`).
"""

# accounts; lengths are counted in characters
USERNAME_SHORTEST = 3  # shorter ones are taken at once, and look like codes
USERNAME_LONGEST = 32  # fits on one line of a phone
DISPLAY_NAME_LONGEST = 64  # long names exist; longer texts are advertisements
EMAIL_LONGEST = 254  # the longest that mail servers accept
PASSWORD_SHORTEST = 8  # NIST SP 800-63B-4 §3.1.1
PASSWORD_LONGEST = 128  # a sentence fits, and hashing it costs nobody much
MAIL_DOMAINS = 100  # whose addresses may have an account: an institution has a handful
MAIL_DOMAINS_SHOWN = 5  # of them, in a sentence
TERMS_URL_LONGEST = 500
TERMS_VERSION_LONGEST = 40
SAVED_FORM_FIELDS = 12  # our longest form has half as many
SAVED_FORM_NAME = 60  # characters of the name of a field: ours are shorter
SAVED_FORM_FIELD = 300  # what a person types into a form, not what a program sends; no field is cut
SAVED_FORM_OF_A_PERSON = 12_000  # characters of a whole form of somebody who is signed in: the keys of an app fit
UNCONFIRMED_ACCOUNTS = 100_000  # of registrations that nobody confirmed; the oldest beyond it go before their time

# apps and their credentials
PEOPLE_FOR_STEP_UP = 25  # of an app: a new address of it could take all of them to somebody else
APPS_OF_A_PERSON = 50  # nobody keeps track of more
APP_NAME_LONGEST = 64  # it stands on the consent page
APP_DESCRIPTION_LONGEST = 300  # two sentences on the consent page
REDIRECT_URIS_OF_AN_APP = 20  # production, staging, and a laptop for each developer
SECRETS_OF_AN_APP = 10  # one for each server, and one that is being rotated
SECRET_LABEL_LONGEST = 40  # a word or two to know it by
REGISTRATION_TOKEN_USES = 100_000  # an initial access token for a fleet of programs
REGISTRATION_TOKEN_DAYS = 3650  # ten years is "for good"
KNOWN_CLIENTS_BYTES = 32 * 1024 * 1024  # apps kept in memory with their secrets: some 12,000; the least used makes room
KNOWN_CLIENT_OVERHEAD = 2 * 1024  # bytes of one, its texts apart: measured, with its place in the line
KNOWN_CLIENT_LARGEST = 16 * 1024  # bytes of one; most have 1 kB. A larger one is read at every request
CLIENT_KEY_SETS = 1000  # key sets read from clients, kept in memory: at most 64 MB

# the playground of an app
PLAYGROUND_RUNS = 200  # kept in memory at one time, at most 200 kB each; the oldest makes room
PLAYGROUND_RUNS_OF_A_PERSON = 4  # of these: a few tabs
PLAYGROUND_REQUESTS = 40  # of one run: a flow with every failure, twice
TEST_PEOPLE_OF_AN_APP = 10  # each kind twice

# pictures of people and logos of apps
PICTURE_LARGEST = 8 * 1024 * 1024  # bytes of an upload: the photo of a phone
PICTURE_SIDE = 12_000  # pixels: no camera has more, and a strip shows nobody
PICTURE_PIXELS = 16_000_000  # decoded whole, at 4 bytes each, and converted once: 128 MB, one picture at a time
PICTURE_PIXELS_JPEG = 50_000_000  # the largest photos of phones; JPEG is made smaller while it is decoded
UPLOADS_AT_ONCE = 16  # on their way or waiting to be decoded: 128 MB
UPLOADS_OF_AN_ADDRESS = 4  # of these
UPLOADS_OF_A_PERSON = 2  # of these; who clicks twice is answered
DRAWINGS_IN_MEMORY = 2000  # of people without a picture; less than 1 kB each

# events of an app that its owner can read
LOG_WAITING = 5000  # different ones that wait in memory to be written: some 10 MB; an attack cannot fill it
LOG_REFUSED_WAITING = 500  # of these with what was sent; beyond it refusals are only counted, so writing stays short
LOG_REFUSED_WAITING_OF_AN_APP = 40  # of these: half a second of them
LOG_WRITTEN_AT_ONCE = 500  # in one transaction: some milliseconds
LOG_OF_A_KIND = 100  # lines kept of one event of an app: many of one event push out no other
LOG_TEXT_LONGEST = 300  # a URL of ordinary length
LOG_SEARCHED = 2000  # of the newest lines: a search looks through these
LOG_ON_A_PAGE = 25  # each change sends them all to each open tab
LOG_EXPORTED = 20_000  # lines in one file: all that can be kept of most apps
LOG_SEARCH_LONGEST = 300  # characters of what is searched for: a whole address
UNKNOWN_APPS_WAITING = 100  # client ids of no app that wait in memory to be written
UNKNOWN_APPS = 200  # of these, kept for administrators: the newest
CHANGES_WAITING = 500  # apps whose change the other workers are still to hear of; beyond it all tabs look again
UNKNOWN_APP_LONGEST = 64  # characters of such an id

# reads of people's data by apps
READS_WAITING = 50_000  # different ones that wait in memory to be written: some 20 MB
READS_WAITING_OF_AN_APP = 5000  # of these: ten apps together do not push out the reads of the others
READS_WAITING_APART = 1000  # of these by network; the rest of an app is counted without its network
READS_WRITTEN_AT_ONCE = 500  # in one transaction: some milliseconds
READS_OF_AN_APP = 500  # lines that are kept of one app and one person: the newest
READS_IN_SHORT = 3  # of one app, in the list of connections
READS_ON_A_PAGE = 25
HEALTH_READS = 5000  # lines of an app that its check looks at: the newest
READS_KEPT_DAYS = 3650  # the longest that an administrator may choose

# the data of an account in one file
EXPORTED_AT_ONCE = 250  # rows read in one turn of the loop: a few milliseconds
EXPORTS_AT_ONCE = 4  # being made in one process
EXPORTS_KEPT = 200  # files that wait to be downloaded; the oldest beyond it are deleted, and made again when asked for
FILE_PIECE = 64 * 1024  # bytes of a download in memory at one time

# attempts counted in memory
BUDGETS_IN_MEMORY = 20_000  # a few megabytes; who has not been seen for longest is forgotten first

# sessions
SESSIONS_OF_A_PERSON = 100  # browsers signed in at one time; the one that was not seen for longest is signed out
BROWSER_NAME_LONGEST = 200  # what a browser says of itself, in the list of sessions
ACCOUNTS_OF_A_BROWSER = 5  # a browser is known to the last few people who signed in with it
PASSKEYS_OF_A_PERSON = 20  # one for each device, and a few keys in a drawer
PASSKEY_NAME_LONGEST = 40  # "Chrome on my laptop at work"
RECOVERY_CODES = 10  # enough for years of lost phones, and they fit on a card
ACTIVITY_ON_A_PAGE = 25  # events in the log of an account
TRUSTED_BROWSERS = 10  # of one person; the one that was trusted first asks for the second factor again
FACTOR_CODE_LONGEST = 64  # what somebody types as a code
SIGN_IN_NAME_LONGEST = EMAIL_LONGEST  # what somebody types, or a client hints, as a name to sign in with

# requests
HEAD_LARGEST = 128 * 1024  # bytes of the address and headers of a request: many times what a browser sends
HEADERS_OF_A_REQUEST = 200  # a browser sends twenty, and each proxy a few
REQUESTS_UNCOUNTED = 64  # unanswered in all before it matters whose they are: counting costs each of them a microsecond
REQUESTS_OF_AN_ADDRESS = 256  # unanswered at one time: the server of a busy site has fewer
REQUESTS_OF_A_NETWORK = 1024  # the same for the /48 of an IPv6 address
POSTED_REQUEST_LARGEST = 16 * 1024  # characters kept until the browser comes with its cookies: a signed request fits
WAITING_FOR_A_THREAD = 2000  # services that wait for a thread: more would wait for longer than anybody does
WAITING_TO_WRITE = 5000  # and for their turn to write, or for that to be on disk
WAITING_TO_READ = 2000  # and for what they read, on PostgreSQL

# event sockets, and the page states that one process keeps for them
SOCKETS = 2000  # open at one time; each costs a file and a page state
SOCKETS_ANONYMOUS = SOCKETS // 2  # the other half is kept for people who are signed in
SOCKETS_OF_AN_ADDRESS = 100  # of people behind one address
SOCKETS_OF_AN_ADDRESS_ANONYMOUS = 20  # pages without a session work without a socket too
SOCKETS_OF_A_NETWORK_ANONYMOUS = 100  # the same for the /48 of an IPv6 address
SOCKETS_OF_A_PERSON = 50  # one for each open tab
SOCKET_MESSAGE = 128 * 1024  # bytes: the largest form of a signed-in page, several times over
SOCKET_MESSAGE_ANONYMOUS = 16 * 1024  # bytes: pages without a session send their address and little more
PAGE_ADDRESS_LONGEST = 4096  # characters of the address that a page names
PAGE_QUERY_MEMBERS = 20  # parameters of that address, each
PAGE_QUERY_LONGEST = 2048  # and so many characters of it
EVENTS_WAITING = 40  # events of one tab that wait for their turn
PAGE_STATES = 5000  # some 40 kB each; of closed tabs the longest closed is forgotten first
PAGE_STATES_ANONYMOUS = 2000
PAGE_STATES_OF_A_SESSION = 50  # nobody comes back to more closed tabs

# what we fetch and deliver
BREACH_CHECK_SECONDS = 1.0  # of a form with a new password: somebody waits, and it works without
FETCH_SECONDS = 5.0  # a person may be waiting
FETCH_LARGEST = 64 * 1024  # bytes: many times the largest key set
LOGO_LARGEST = 1024 * 1024  # bytes: a logo is a drawing, not a photo
FETCHES_AT_ONCE = 16  # others can make us fetch: it must not take all our sockets
FETCHES_OF_ONE = 4  # fetches for one owner, or from one host: nobody takes all of them
LOOK_UPS_AT_ONCE = 8  # threads that ask for the addresses of names that others chose
LOOK_UPS_OF_ONE = 2  # for one owner: a name server that hangs holds a thread longer than any fetch
DELIVERIES_AT_ONCE = 8  # connections to a mail server, and again as many to clients, at one time
DELIVERIES_OF_ONE = 2  # notices on their way to one host, or for one owner
NOTICES_OF_AN_APP = 500  # notices that wait for an app's server while it is away
NOTICES_OF_AN_OWNER = 2000  # the same for all apps of one owner
MAILBOX_SHOWN = 50  # mails on the page of a laptop's mailbox

# what people read about an app
PEOPLE_ROUNDED = (10_000, 1000, 100, 10)  # "More than 100 people": an exact number would say who joined
TEXT_RECORDS_READ = 20  # TXT records of one name: a domain has one for each app
TEXT_RECORD_LONGEST = 255  # bytes read of each: as long as one string of a record can be
DOMAIN_TEXT_SHOWN = 3  # of what was found in place of a proof, so that a mistake can be seen

# administrators
PEOPLE_ON_A_PAGE = 50  # read and search, not scroll
APPS_ON_A_PAGE = 50
INVITATION_USES = 10_000  # accounts by one link: a course or a company, not the public
INVITATION_DAYS = 365  # a link that is still around after a year was forgotten
INVITATIONS_WORKING = 1000  # invitations that work at one time: nobody keeps track of more
INVITATIONS_SHOWN = 200  # the newest of them, on the page
PURGED_AT_ONCE = 500  # rows deleted in one transaction: some milliseconds, and others write in between
