"""A provider, simulated or real, is held to what its documents promise."""
