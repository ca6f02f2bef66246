"""Recordings as clients: the services they hold, what they leave in doubt, their judgement."""
