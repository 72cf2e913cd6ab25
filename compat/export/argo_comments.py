"""Why the exported workflow is as it is, at the places of it that somebody may want to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compat.text.yaml_commented import Route

_REPOSITORIES = (
    "The fleet: one item for each repository. `image` is REPO/NAME:TAG, `module` what the smoke test imports, `file` the environment"
    " or the lock in it. With twenty items there are twenty checks on every machine."
)
_EXAMPLE = (
    " It has no value yet:\n"
    '[{"url": "https://...", "revision": "main", "file": "environment.yml", "image": "REPO/NAME:TAG", "module": "torch"}]'
)
_PULLED = " The image is pulled as it is: it has to hold every architecture."
_MACHINES = "Every repository is tried on each. `target` is what `compat check --target` takes: add gpu= and driver= of your nodes."
#: By the key that is explained, from ``spec``.
_SPEC = {
    "parallelism": "Pods at a time, so that a long list does not take the whole cluster.",
    "activeDeadlineSeconds": "Six hours for all of it; each step has a limit of its own.",
    "ttlStrategy": "Finished workflows go after a day, failed ones after a week.",
    "podGC": "Pods that failed stay, with their logs.",
    "securityContext": "The user of the image that `compat export dockerfile` describes.",
    "imagePullSecrets": "A secret of type kubernetes.io/dockerconfigjson. Without one, only public images are pulled.",
}
#: By template, and by the way to the key in it; "" is the template itself.
_TEMPLATES = {
    "main": {"dag/failFast": "What is found in one repository says nothing about the next."},
    "repository": {"dag/failFast": "One architecture that fails does not stop the other."},
    "check": {
        "": "Reads files and installs nothing of theirs, so that any node will do.",
        "retryStrategy": "A finding is an answer and is not asked for again; a node that went away is.",
        "container/envFrom": "A ConfigMap with HTTPS_PROXY, NO_PROXY, PIP_INDEX_URL, UV_DEFAULT_INDEX, where the cluster needs them.",
    },
    "build": {
        "": "On a node of that architecture: building under emulation takes many times as long. Rootless BuildKit, as kaniko"
        " was archived in June 2025.",
        "volumes": "Secrets that need not be there: `registry` to push with, `netrc` for private mirrors of packages.",
        "nodeSelector": "https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch",
        "container/securityContext": "RootlessKit makes namespaces of its own, which the default profiles forbid:"
        " https://github.com/moby/buildkit/blob/master/docs/rootless.md",
    },
    "smoke-gpu": {"tolerations": "Clusters mark GPU nodes, and some mark arm64 nodes, so that other pods keep off."},
    "smoke-cpu": {"tolerations": "Some clusters mark arm64 nodes, so that other pods keep off."},
    "report": {"": "Runs at the end, whatever happened: the place to send a message from."},
}


def comments(document: Mapping[str, Any], *, builds: bool, known: bool) -> dict[Route, str]:
    """All comments by their place in *document*; ``known`` says that the list of repositories has a value."""
    parameters = ("spec", "arguments", "parameters")
    found: dict[Route, str] = {
        (*parameters, 0): _REPOSITORIES + ("" if builds else _PULLED) + ("" if known else _EXAMPLE),
        (*parameters, 1): _MACHINES,
        (*parameters, 2): "What `pip install` is given: a version, or the URL of a wheel on a mirror.",
    }
    found |= {("spec", key): text for key, text in _SPEC.items()}
    for position, template in enumerate(document["spec"]["templates"]):
        for path, text in _TEMPLATES.get(template["name"], {}).items():
            found["spec", "templates", position, *(path.split("/") if path else ())] = text
    return found
