"""A look at the key set of a realm: what it lists, what it looks like, what has changed."""
