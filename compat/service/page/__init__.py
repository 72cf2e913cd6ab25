"""The page for people: a chooser, a map of builds, and files that are judged in front of them."""
