"""Choosing releases: the resolvelib provider, the sources of candidates it asks, and minimal explanations.

Knows values and ports only. Offline the candidates come from the matrix (`offline.MatrixSource`).
"""
