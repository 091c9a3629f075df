"""Make the service's database: `python -m tests.oidc_provider.prepare PORTAL EMAIL ...`.

PORTAL is the address of the portal, which registers as two departments; each EMAIL is somebody
who can sign in with PASSWORD, and whose address the service calls verified.
"""

import sys

import django
from django.core.management import call_command

PASSWORD = "lanterns-of-another-house"
CLIENTS = {"harbours": "secret-of-harbours", "lights": "secret-of-lights"}


def main(portal, emails):
    django.setup()
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User

    call_command("migrate", verbosity=0)
    for number, email in enumerate(emails):
        user = User.objects.create_user(f"user{number}", email, PASSWORD)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    for name, secret in CLIENTS.items():
        client = Client(id=name, name=f"Skills portal ({name})", secret=make_password(secret))
        client.scopes = "openid\nprofile\nemail"
        client.set_redirect_uris([f"{portal}/account/department/{name}/back/"])
        client.save()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
