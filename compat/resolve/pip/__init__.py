"""Solving pip requirements over package indexes: a walk that learns, a search behind it, and why nothing goes together."""
