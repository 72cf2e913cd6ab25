"""Files that run images: compose, Argo, Kubernetes and GitHub workflows, and what of the repository they use."""
