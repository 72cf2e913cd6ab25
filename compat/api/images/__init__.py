"""Dockerfiles: from the stages of an image to environments, and their findings.

`read_image` in `compat.api.images.reading` makes an `ImageRoot` of a Dockerfile, with the build arguments of the caller filled in.
`judge_image(root, judge, targets, platform="", target_stage="")` in `compat.api.images.judge` answers with its findings: *platform* is
what the caller builds it for (compose's ``platform:``, ``linux/arm64``), *target_stage* the stage that the caller names (compose's
``target:``), else every stage that no other one is FROM.
"""
