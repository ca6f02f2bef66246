"""The profile, `proefbank.toml`: where it lies, what may stand in it, and what it refers to."""
