"""What a file declares: METADATA beside it, in a wheel, in an sdist, in a repository, or known after a build."""
