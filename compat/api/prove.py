"""``relax --prove``: every environment of the relaxed files on every target, over the matrix or over the index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from compat.model.environments import Environment
from compat.model.knowledge import Matrix
from compat.model.relaxation import Bounds, Proof
from compat.model.targets import Target
from compat.relaxing.prove import prove
from compat.resolve.offline import Cache

Ends = Sequence[tuple[str, Bounds]]


def prove_all(
    environments: Sequence[Environment],
    targets: Sequence[Target],
    matrix: Matrix,
    cache: Cache,
    *,
    online: bool = False,
    ends_of: Callable[[Environment], Ends] = lambda _: (),
) -> Proof:
    """The relaxed *environments* at both ends on all *targets*; those that install nothing are left out.

    Args: *online* asks the package index for what the matrix does not cover. *ends_of* gives the changed requirements
    of an environment, by the name that its file gives.
    Raises: UsageError, with *online*, where nothing says which index to ask.
    """
    chosen = [environment for environment in environments if environment.pip or environment.conda]
    asked = None
    if online and chosen:
        from compat.api.online import ask_online

        asked = ask_online(matrix, chosen)
        matrix, cache = cast("Matrix", asked), {}
    solutions = tuple(
        prove(environment, target, matrix, cache, ends_of(environment)) for environment in chosen for target in targets
    )
    if asked is None:
        return Proof("index" if online else "matrix", solutions)
    from compat.api.online import unreached_findings

    return Proof("index", solutions, tuple(found.message for found in unreached_findings(asked, chosen, targets)))
