"""The situations that a social security client is put into."""
