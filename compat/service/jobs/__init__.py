"""Locks: each in a process and a folder of its own, a few at a time, and a bounded number waiting."""
