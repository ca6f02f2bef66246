"""The bench on which a provider is judged instead of a client."""
