"""The conda part: what is asked of the channels, and in our own words why they have no answer."""
