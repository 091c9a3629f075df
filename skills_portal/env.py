"""Settings from environment variables, read strictly.

Every function fails at start, naming the variable, when a value is missing or cannot be
understood: a portal that guesses a setting is worse than one that does not start.
`.env.example` lists every variable that is read; a test keeps the two equal.
"""

import os
import re
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

_REQUIRED = object()


def text(name, default=_REQUIRED):
    """The variable's text without surrounding spaces; required when there is no default."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is _REQUIRED:
        raise ImproperlyConfigured(f"{name} is not set. See .env.example for what it takes.")
    return default


def flag(name, default="false"):
    """True or False from the words 'true' and 'false', and from nothing else."""
    value = text(name, default)
    if value not in {"true", "false"}:
        raise ImproperlyConfigured(f"{name} must be 'true' or 'false', not {value!r}.")
    return value == "true"


def integer(name, default, *, minimum, maximum):
    """A whole number within bounds, both included."""
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None
    if not minimum <= number <= maximum:
        raise ImproperlyConfigured(f"{name} must be from {minimum} to {maximum}, not {number}.")
    return number


def words(name, default=""):
    """A list from text separated by commas; empty parts are left out."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name, default, *, choices):
    """One of the given words."""
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def https_url(name, default=_REQUIRED):
    """An address that begins with https:// and names a host; empty where that is the default."""
    value = text(name, default)
    parts = urlsplit(value)
    if value != default and not (parts.scheme == "https" and parts.hostname):
        raise ImproperlyConfigured(f"{name} must be an address that begins with https://.")
    return value


def email_address(name, default=_REQUIRED):
    """An e-mail address; empty where that is the default."""
    value = text(name, default)
    try:
        if value != default:
            validate_email(value)
    except ValidationError:
        raise ImproperlyConfigured(f"{name} must be an email address, not {value!r}.") from None
    return value


def departments(name):
    """allauth's apps for the departments' sign-in services whose short names a variable lists.

    For the short name "hmrc" the variables OIDC_HMRC_NAME, _ISSUER, _CLIENT_ID, _CLIENT_SECRET
    and _DOMAINS are required, _TRUST_EMAIL and _SECOND_FACTOR are flags: docs/departments.md.
    """
    apps, spoken_for = [], {}
    for short in words(name):
        if not re.fullmatch(r"[a-z][a-z0-9]*", short):
            raise ImproperlyConfigured(
                f"{name} must hold short names of lower-case letters and digits, not {short!r}."
            )
        variable = f"OIDC_{short.upper()}_"
        issuer = text(f"{variable}ISSUER").rstrip("/")
        parts = urlsplit(issuer)
        here = parts.hostname in {"localhost", "127.0.0.1"}
        if not parts.hostname or parts.scheme not in ({"http", "https"} if here else {"https"}):
            raise ImproperlyConfigured(f"{variable}ISSUER must begin with https://.")
        domains = [domain.lower() for domain in words(f"{variable}DOMAINS", _REQUIRED)]
        for domain in domains:
            if not re.fullmatch(r"([a-z0-9-]+\.)+[a-z0-9-]+", domain):
                raise ImproperlyConfigured(
                    f"{variable}DOMAINS must hold domains such as hmrc.gov.uk, not {domain!r}."
                )
            if domain in spoken_for:
                raise ImproperlyConfigured(
                    f"{variable}DOMAINS and OIDC_{spoken_for[domain].upper()}_DOMAINS both hold "
                    f"{domain}: only one service can speak for it."
                )
            spoken_for[domain] = short
        apps.append(
            {
                "provider_id": short,
                "name": text(f"{variable}NAME"),
                "client_id": text(f"{variable}CLIENT_ID"),
                "secret": text(f"{variable}CLIENT_SECRET"),
                "settings": {
                    "server_url": issuer,
                    "domains": domains,
                    "trust_email": flag(f"{variable}TRUST_EMAIL"),
                    "second_factor": flag(f"{variable}SECOND_FACTOR"),
                },
            }
        )
    return apps


def database(name):
    """Django's settings for the database that a URL names: sqlite:// or postgres://.

    SQLite runs in WAL with immediate transactions: without them, 8 threads that read and then
    write fail with "database is locked"; PostgreSQL runs with a connection pool.
    """
    url = text(name)
    try:
        config = dj_database_url.parse(url)
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError):
        raise ImproperlyConfigured(
            f"{name} must be a URL such as sqlite:////srv/portal/portal.sqlite3 "
            "or postgres://user:password@host:5432/portal."
        ) from None
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
                "PRAGMA journal_size_limit=27103364;"
            ),
        }
    elif config["ENGINE"] == "django.db.backends.postgresql":
        config["OPTIONS"] = {**config.get("OPTIONS", {}), "pool": True}
        # Or the first requests after a restart of PostgreSQL would get its dead connections.
        config["CONN_HEALTH_CHECKS"] = True
    else:
        raise ImproperlyConfigured(f"{name} must name SQLite or PostgreSQL.")
    return config
