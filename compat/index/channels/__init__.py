"""Conda channels through py-rattler: their names and settings as conda has them, how they are reached, and the solver over them."""
