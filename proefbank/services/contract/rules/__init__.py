"""What each answer is held to; every rule cites its source through its requirement."""
