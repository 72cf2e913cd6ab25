"""Values and their arithmetic: no I/O, no clock, no knowledge of any file format or client."""
