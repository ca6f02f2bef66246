"""What a provider answered to what it was asked: raw, so that one bug cannot hide in both."""
