"""The programs that the steps of the workflow run. What they are told comes as environment variables."""

# ruff: noqa: S108 -- /tmp is a volume of the container, and nobody else's
from __future__ import annotations

CHECK = """\
python -m venv /tmp/compat
/tmp/compat/bin/pip install --quiet --no-cache-dir "$COMPAT"
cd /source
/tmp/compat/bin/compat check "$FILE" --target "$TARGET"
"""
#: Whether the lock still does for its input, without a network.
CHECK_LOCK = """\
/tmp/compat/bin/compat lock --check "$FILE" --target "$TARGET"
"""

#: What the Dockerfile takes as build arguments, where the cluster has a value for it.
_PASSED_ON = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "UV_DEFAULT_INDEX", "CONDA_CHANNEL_ALIAS")
_PASS_ON = "".join(f'[ -z "${{{name}:-}}" ] || set -- "$@" --opt "build-arg:{name}=${name}"\n' for name in _PASSED_ON)

#: The Dockerfile that `compat export dockerfile` wrote stands beside the environment.
BUILD = f"""\
folder=$(dirname "/source/$FILE")
{_PASS_ON}[ ! -e /netrc/netrc ] || set -- "$@" --secret id=netrc,src=/netrc/netrc
exec buildctl-daemonless.sh build --frontend dockerfile.v0 --local context="$folder" --local dockerfile="$folder" \\
  --opt platform="linux/$ARCH" --output type=image,name="$IMAGE",push=true "$@"
"""

SMOKE = """\
import importlib, importlib.metadata, os, platform

name, gpus = os.environ["MODULE"], int(os.environ["GPUS"])
print(len(list(importlib.metadata.distributions())), "packages are installed for Python", platform.python_version())
module = importlib.import_module(name) if name else None
print(name, getattr(module, "__version__", ""), "on", platform.machine())
if name == "torch":
    if gpus:
        assert module.version.cuda, "torch is a CPU build"
        assert module.cuda.is_available(), f"torch is built for CUDA {module.version.cuda}, and finds no GPU that runs it"
        print("CUDA", module.version.cuda, "on", module.cuda.get_device_name(0))
    matrix = module.rand(512, 512, device="cuda" if gpus else "cpu")
    assert module.isfinite(matrix @ matrix).all().item(), "a product is not finite"
elif name == "tensorflow" and gpus:
    assert module.config.list_physical_devices("GPU"), "tensorflow finds no GPU"
elif name == "jax" and gpus:
    assert module.default_backend() == "gpu", "jax finds no GPU"
print("works")
"""

#: The list of failures is JSON in a string of JSON: https://argo-workflows.readthedocs.io/en/latest/variables/#exit-handler
REPORT = """\
import json, os

print(os.environ["NAME"], os.environ["STATUS"], "after", os.environ["SECONDS"], "seconds")
failures = json.loads(os.environ["FAILURES"])
failures = json.loads(failures) if isinstance(failures, str) else failures
for failure in failures or ():
    print(failure["displayName"], failure["phase"], failure["message"], sep=": ")
"""
