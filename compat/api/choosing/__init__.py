"""What can be chosen together: platform, GPU, driver, Python, CUDA, torch, in any order, and what follows from it."""
