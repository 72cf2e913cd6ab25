"""Conda and pip solved together: what conda installs is fixed for pip, and what pip needs bounds conda."""
