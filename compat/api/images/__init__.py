"""Dockerfiles: from the stages of an image to environments, and their findings.

`judge_image(document, arguments, targets, judge, library, platform="", target_stage="")` in `compat.api.images.judge` answers with the
findings of one Dockerfile: *document* as `read_image` made it (with the build arguments of the caller already filled in), *platform* what
the caller builds it for (compose's ``platform:``, ``linux/arm64``), *target_stage* the stage that the caller names (compose's
``target:``), else every stage that no other one is FROM.
"""
