"""Clients of the social security token server and the Federal Learning Account API."""
