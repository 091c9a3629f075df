import getpass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts import services
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Make the first person of a fresh portal: a system administrator, who signs in, adds "
        "departments, units and people, and gives grants. Asks for a password, or with "
        "--send-link sends an e-mail that leads to choosing one."
    )

    def add_arguments(self, parser):
        parser.add_argument("email", help="the work e-mail address to sign in with")
        parser.add_argument("name", help='the full name, in quotation marks: "Sam Example"')
        parser.add_argument(
            "--send-link",
            action="store_true",
            help="do not ask for a password; the e-mail goes out when a worker is running",
        )

    def handle(self, *, email, name, send_link, **options):
        try:
            validate_email(email)
            password = None if send_link else self.ask_for_password(email, name)
            person = services.create_system_administrator(
                email=email, full_name=name, password=password
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        way = "The e-mail is on its way." if send_link else "They can sign in."
        self.stdout.write(f"{person} is a system administrator. {way}")

    def ask_for_password(self, email, name):
        password = getpass.getpass("Password: ")
        if getpass.getpass("Password again: ") != password:
            raise CommandError("The two passwords are not the same.")
        validate_password(password, User(email=email, full_name=name))
        return password
