"""The situations that a consumer of eHealth's tokens is put into."""
