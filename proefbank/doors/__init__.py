"""Doors carry requests to a provider and write down what was said; they compute no answer."""
