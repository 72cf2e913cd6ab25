"""Files that build and run an environment elsewhere: a plan in, text out. No I/O, no clock, no index."""
