"""What our mails say about the deletion of an account (decision 0034)."""

from oauth2system.i18n import N_
from oauth2system.services.delivery.message_texts import Text

# Reports to the owner that the account will be deleted, while it can still be kept.
ACCOUNT_DELETION = Text(
    subject=N_("Your account will be deleted"),
    paragraphs=(
        N_("Your account {username} at {site} will be deleted on {due} (UTC), because somebody who was signed in to it "
          "asked for that. Until then it is disabled, and no site can use it."),
        N_("To keep it, use this link or sign in before that day."),
    ),
    button=(N_("Keep my account"), "/account/keep?token={token}"),
    after=(
        N_("If it was you, there is nothing to do."),
        N_("If it was not you, keep the account and choose a new password: {new_password}"),
    ),
)  # fmt: skip

# Reports to the owner that the account stays.
ACCOUNT_KEPT = Text(
    subject=N_("Your account will not be deleted"),
    paragraphs=(
        N_("Your account {username} at {site} works again: somebody signed in, or used the link of our mail."),
    ),
    after=(N_("If it was not you, choose a new password now: {new_password}"),),
)  # fmt: skip

# Says good-bye to the address of an account that is gone.
ACCOUNT_DELETED = Text(
    subject=N_("Your account was deleted"),
    paragraphs=(
        N_("Your account {username} at {site} was deleted, with everything that belonged to it."),
        N_("Sites that you visited keep what they already know. Ask them to delete it."),
    ),
)
