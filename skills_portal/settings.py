"""Settings, read top to bottom. Environments differ in variables only: see `.env.example`."""

from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF

from skills_portal import env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- The service -----------------------------------------------------------------------------

SERVICE_NAME = env.text("SERVICE_NAME", "Skills portal")
# The address people use, without a final slash: links in e-mails start with it.
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
# Whom the privacy notice names for questions about people's data; nobody without an address.
PRIVACY_CONTACT = env.email_address("PRIVACY_CONTACT", "")

SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
DEBUG = env.flag("DEBUG")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
# On by default: cookies only over TLS, redirects to https, HSTS. Off for a run on one laptop.
HTTPS = env.flag("HTTPS", "true")
# How many proxies in front of the portal may be believed about the visitor's address and TLS.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, minimum=0, maximum=5)
# A request that has waited longer than this since the proxy took it is refused with a 503.
REQUEST_MAX_WAIT_SECONDS = env.integer("REQUEST_MAX_WAIT_SECONDS", 5, minimum=1, maximum=60)

# --- Applications ----------------------------------------------------------------------------

INSTALLED_APPS = [
    "skills_portal",
    "reports",
    "learning",
    "assessments",
    "accounts",
    "govuk",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django.forms",  # so that form templates are found among ours
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
]

MIDDLEWARE = [
    "skills_portal.logs.request_ids",
    "skills_portal.metrics.measured_requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # A team's page is 130 kB without it. Against BREACH, Django adds bytes at random to each
    # answer and masks the site's token anew in each form.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "skills_portal.middleware.private_pages",
    "skills_portal.middleware.refuse_late_requests",
    "accounts.same_answer.SameAnswer",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.sessions.end_long_sessions",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.second_factor.RequireSecondFactor",
    "accounts.refusals.noted_refusals",
]

ROOT_URLCONF = "skills_portal.urls"
WSGI_APPLICATION = "skills_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "skills_portal.navigation.navigation",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database, cache, sessions ---------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL")}
# For the migration job: how long a statement may wait for a lock on PostgreSQL, behind which
# everybody else waits; 0 is without limit. Criterion D5.
LOCK_TIMEOUT_SECONDS = env.integer("LOCK_TIMEOUT_SECONDS", 0, minimum=0, maximum=600)
if LOCK_TIMEOUT_SECONDS and DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["OPTIONS"]["options"] = f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sessions and sign-in limits live in the database, so that nobody is locked out, and no limit
# is lifted, while Redis is away (criterion R3).
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# How long somebody may do nothing, and how long they stay signed in whatever they do. Criterion
# S9; 12 hours is also the limit of NIST SP 800-63B, section 4.2.3. An hour instead of its 30
# minutes because a self-assessment is thought about between two answers.
SESSION_COOKIE_AGE = 60 * env.integer("SESSION_IDLE_MINUTES", 60, minimum=5, maximum=12 * 60)
SESSION_LONGEST_SECONDS = 60 * 60 * env.integer("SESSION_LONGEST_HOURS", 12, minimum=1, maximum=24)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Sign-in ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "full_name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # who did not change a password learns that somebody did
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.LoginForm",
    "add_email": "accounts.sign_in_forms.AddEmailForm",
    "change_email": "accounts.sign_in_forms.ChangeEmailForm",
    "change_password": "accounts.sign_in_forms.ChangePasswordForm",
    "set_password": "accounts.sign_in_forms.SetPasswordForm",
    "reset_password": "accounts.sign_in_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.sign_in_forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.sign_in_forms.ReauthenticateForm",
    "request_login_code": "accounts.sign_in_forms.RequestLoginCodeForm",
    "confirm_login_code": "accounts.sign_in_forms.ConfirmLoginCodeForm",
    "confirm_email_verification_code": "accounts.sign_in_forms.ConfirmEmailVerificationCodeForm",
    "confirm_password_reset_code": "accounts.sign_in_forms.ConfirmPasswordResetCodeForm",
}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# Longer than it takes to hand an e-mail to a mail server near by. Criterion S9.
SAME_ANSWER_SECONDS = 0.5

# People with grants can do something about others, so a password alone does not protect them.
SECOND_FACTOR_FOR_GRANTS = env.flag("SECOND_FACTOR_FOR_GRANTS", "true")
MFA_ADAPTER = "accounts.second_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # clocks of phones may be half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_FORMS = {
    "authenticate": "accounts.sign_in_forms.AuthenticateForm",
    "reauthenticate": "accounts.sign_in_forms.ReauthenticateByCodeForm",
    "activate_totp": "accounts.sign_in_forms.ActivateTOTPForm",
    "deactivate_totp": "accounts.sign_in_forms.DeactivateTOTPForm",
    "generate_recovery_codes": "accounts.sign_in_forms.GenerateRecoveryCodesForm",
    "add_webauthn": "accounts.sign_in_forms.AddWebAuthnForm",
    "edit_webauthn": "accounts.sign_in_forms.EditWebAuthnForm",
}

# Departments whose own sign-in services let people in: docs/departments.md.
SOCIALACCOUNT_ADAPTER = "accounts.department_sign_in.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": env.departments("OIDC_DEPARTMENTS")}
}

# --- Security headers ------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if HTTPS and TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- Language, time, static files ------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/London"  # a day begins and ends here; instants are stored in UTC

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- E-mail ----------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "skills-portal@localhost")
EMAIL_FILE_PATH = env.text("EMAIL_FILE_PATH", "")
if EMAIL_FILE_PATH:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, minimum=1, maximum=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10

# --- Background work -------------------------------------------------------------------------
# The database row is the truth and a message only a hint, so messages are acknowledged early,
# results are not kept, and a sweep sends again whatever was lost. The reasons, with
# measurements, are in docs/decisions/0002-the-row-is-the-truth.md.

CELERY_BROKER_URL = env.text("REDIS_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_DEFAULT_QUEUE = "portal"
CELERY_TASK_SOFT_TIME_LIMIT = 15 * 60
CELERY_TASK_TIME_LIMIT = 16 * 60
CELERY_TASK_PUBLISH_RETRY = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
# Asked to end (SIGTERM with REMAP_SIGTERM=SIGQUIT), a worker gives its task this long; what is
# cut short is found again by the sweep.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A broker that accepts connections and says nothing is waited for three times when a page tells
# the workers something: once to send, and twice to find out whether a new connection is better.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 0.75,
    "socket_connect_timeout": 0.75,
    "health_check_interval": 10,
}
CELERY_TIMEZONE = TIME_ZONE

# How often lost work is looked for; for reports and assignments, every worker sends for it.
# Criterion R3: started within 60 s of the broker's return.
SWEEP_SECONDS = env.integer("SWEEP_SECONDS", 20, minimum=1, maximum=60)
CELERY_BEAT_SCHEDULE = {
    "beat-heart": {
        "task": "skills_portal.tasks.beat_heart",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    # Every day, so that a day on which nothing ran is made up for on the next.
    "request-month-end-reports": {
        "task": "reports.tasks.request_month_end_reports",
        "schedule": crontab(hour=4, minute=10),
        "options": {"expires": 60 * 60},
    },
    "send-waiting-notices": {
        "task": "accounts.tasks.send_waiting_notices",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "refresh-catalogue": {
        "task": "learning.tasks.refresh_catalogue",
        "schedule": crontab(hour=2, minute=40),
        "options": {"expires": 60 * 60},
    },
    # Several times, because one run is bounded.
    "clear-what-is-due": {
        "task": "skills_portal.tasks.clear_what_is_due",
        "schedule": crontab(hour="0-5", minute=20),
        "options": {"expires": 60 * 60},
    },
    "offer-open-assignments-to-newcomers": {
        "task": "learning.tasks.offer_open_assignments_to_newcomers",
        "schedule": crontab(hour=4, minute=40),
        "options": {"expires": 60 * 60},
    },
    "count-assignment-progress": {
        "task": "learning.tasks.count_assignment_progress",
        "schedule": crontab(hour=5, minute=10),
        "options": {"expires": 60 * 60},
    },
    "remind-of-assignments": {
        "task": "learning.tasks.remind_of_assignments",
        "schedule": crontab(hour=6, minute=40),
        "options": {"expires": 60 * 60},
    },
    "tell-of-reviews-left-behind": {
        "task": "assessments.tasks.tell_of_reviews_left_behind",
        "schedule": crontab(minute=50),
        "options": {"expires": 30 * 60},
    },
    "remind-of-stale-ratings": {
        "task": "assessments.tasks.remind_of_stale_ratings",
        "schedule": crontab(hour=6, minute=30),
        "options": {"expires": 60 * 60},
    },
    "clear-expired-sessions": {
        "task": "accounts.tasks.clear_expired_sessions",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 60 * 60},
    },
}

# --- Policy numbers --------------------------------------------------------------------------

# The smallest count of people that may be published, where no department has chosen another one
# for its gap reports. ONS hides counts below 10 in tables from administrative data; never below 5.
# Source: ONS, "Comparison of post-tabular statistical disclosure control methods" (the 10-5 rule).
REPORT_MINIMUM_COUNT = env.integer("REPORT_MINIMUM_COUNT", 10, minimum=5, maximum=100)
# How long a compiling worker may be silent before another may take its place.
REPORT_LEASE_SECONDS = env.integer("REPORT_LEASE_SECONDS", 60, minimum=2, maximum=600)
REPORT_MAX_ATTEMPTS = 3
# The same for a worker that offers an assignment to people.
EXPANSION_LEASE_SECONDS = env.integer("EXPANSION_LEASE_SECONDS", 60, minimum=2, maximum=600)
EXPANSION_MAX_ATTEMPTS = 3
NOTICE_LEASE_SECONDS = 60
NOTICE_MAX_ATTEMPTS = 8
# The longest cover for a line manager: what lasts longer needs another line manager.
COVER_LONGEST_DAYS = 366
# One person is asked to submit at most once in so many days, whoever asks.
NUDGE_DAYS = 7
# For how long after a move people are told of a review that did not come with them.
REVIEW_LEFT_BEHIND_DAYS = 60
# The fewest answers from which figures about a line manager's own team are shown.
AGREEMENT_MINIMUM_ANSWERS = 5
# How many months a rating counts as fresh: then its author is asked to look at it again.
RATING_STALE_MONTHS = env.integer("RATING_STALE_MONTHS", 12, minimum=1, maximum=120)
# The largest framework file an editor may upload. Criterion S8.
FRAMEWORK_FILE_MAX_BYTES = 5 * 1024 * 1024

# --- How long records about people are kept ---------------------------------------------------

# After how many days rows of a model go, and people are erased who have left: criterion D8.
# skills_portal/retention.py says from when the days count, and why other models have no period.
# An ended goal and a reminder tell nobody anything after a year; a message that was deleted is
# not sent again only because what it tells of is over by then (REVIEW_LEFT_BEHIND_DAYS).
_GOAL_DAYS = env.integer("KEEP_ENDED_GOAL_DAYS", 365, minimum=1, maximum=3650)
_FILE_DAYS = env.integer("KEEP_UPLOADED_FILE_DAYS", 1, minimum=1, maximum=30)
RETENTION_DAYS = {
    "accounts.User": env.integer("KEEP_LEAVER_DAYS", 730, minimum=30, maximum=36500),
    "accounts.Notice": env.integer("KEEP_MESSAGE_DAYS", 365, minimum=90, maximum=3650),
    "accounts.ChangeRequest": env.integer("KEEP_CHANGE_REQUEST_DAYS", 365, minimum=1, maximum=3650),
    "accounts.OrganisationImport": _FILE_DAYS,
    "learning.LogImport": _FILE_DAYS,
    "learning.LogEntry": env.integer("KEEP_DELETED_ENTRY_DAYS", 30, minimum=1, maximum=365),
    "learning.MinutesGoal": _GOAL_DAYS,
    "learning.LevelGoal": _GOAL_DAYS,
    "assessments.Nudge": env.integer("KEEP_NUDGE_DAYS", 365, minimum=30, maximum=3650),
}

# --- Backups ---------------------------------------------------------------------------------

# Public keys of age for which backups are encrypted; without any they are not.
BACKUP_RECIPIENTS = env.words("BACKUP_RECIPIENTS")

# --- Logs and metrics ------------------------------------------------------------------------

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
# plain for people, json for programs: then each line is an object with the request's or task's id.
LOG_FORMAT = env.choice("LOG_FORMAT", "plain", choices=("plain", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": "skills_portal.logs.json_formatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"django.request": {"level": "ERROR"}},
}
# What a reader of /metrics must bring; without one there is no such page.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
# Where /.well-known/security.txt leads; without an address there is no such page.
SECURITY_TXT_URL = env.https_url("SECURITY_TXT_URL", "")
