"""How allauth's sign-in is fitted to a portal whose accounts are made by administrators."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Nobody signs themselves up: an account comes with a place in the organisation."""
        return False
