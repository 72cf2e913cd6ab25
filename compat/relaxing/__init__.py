"""From pins to ranges: policies, the laws that keep a range safe, and the proof at both ends. docs/relax.md states the laws."""
