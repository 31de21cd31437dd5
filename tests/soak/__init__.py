"""The whole system under load while its parts are killed, stopped, cut off and lied to: see __main__.py."""
