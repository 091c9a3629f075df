"""A department's sign-in service, for the tests: a small site that speaks OpenID Connect."""
