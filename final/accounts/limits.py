"""Rate limits for mail, display names and data exports."""

from chat_app.throttles import Throttle

mail = Throttle("MAIL_BURST", "MAILS_PER_HOUR", 3600)  # by network
mailboxes = Throttle("MAILBOX_BURST", "MAILBOX_MAILS_PER_HOUR", 3600)  # by email address
requests = Throttle("ACCOUNT_BURST", "ACCOUNT_REQUESTS_PER_HOUR", 3600)  # by action and user
