"""eHealth I.AM Connect: the keys that sign its tokens, and the steps in which they are renewed."""
