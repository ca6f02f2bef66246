"""The questions that a provider is asked, in good order and otherwise."""
