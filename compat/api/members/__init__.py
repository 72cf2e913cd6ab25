"""Workspaces and projects of the repository that files ask for by their folder."""
