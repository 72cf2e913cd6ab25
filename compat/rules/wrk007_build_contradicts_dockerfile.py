"""WRK007: what a compose service builds, against the Dockerfile that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compat.model.diagnostics import Diagnostic, Evidence, Related, Severity
from compat.model.places import Place
from compat.model.words import listed
from compat.model.workloads import Build, BuiltImage
from compat.rules.workload_base import READ_ON, WorkloadRule, WorkloadSubject

_UNUSED = Evidence(
    claim="a build argument that no ARG declares is not consumed, and the build warns of it",
    source="https://docs.docker.com/reference/dockerfile/#arg",
    read_on=READ_ON,
)
_TARGET = Evidence(
    claim="`target` names the stage to build, as it is defined in the Dockerfile",
    source="https://docs.docker.com/reference/compose-file/build/#target",
    read_on=READ_ON,
)
_FILE = Evidence(
    claim="`dockerfile` is a path relative to the build context, `Dockerfile` where it is not given",
    source="https://docs.docker.com/reference/compose-file/build/#dockerfile",
    read_on=READ_ON,
)
#: Arguments that every build takes without an ARG.
#: Source: https://docs.docker.com/reference/dockerfile/#predefined-args
_PREDEFINED = re.compile(
    r"(?:https?|ftp|no|all)_proxy|(?:target|build)(?:platform|os|arch|variant)|buildkit_\w+|source_date_epoch",
    re.IGNORECASE,
)


class BuildContradictsDockerfile(WorkloadRule):
    """A compose service builds with an argument, a stage or a file that its Dockerfile does not have.

    What it finds:
        A ``target`` that is no stage (an error), a build argument that no ``ARG`` declares, a Dockerfile that is not
        there (warnings). The Dockerfile is then judged with these arguments, this target and this platform, and what
        is found in it is told there.

    Why it matters:
        ``TORCH_VERSION: 2.4.1`` that nobody reads builds the image with another torch, and says so in one line of a
        long log.

    Example:
        build:
          context: .
          args: {TORCH: 2.4.1}     # the Dockerfile has ARG TORCH_VERSION

    Use instead:
        build:
          context: .
          args: {TORCH_VERSION: 2.4.1}

    Source:
        https://docs.docker.com/reference/dockerfile/#arg
        https://docs.docker.com/reference/compose-file/build/
    """

    code, name = "WRK007", "build-contradicts-dockerfile"

    def judge(self, subject: WorkloadSubject) -> Iterator[Diagnostic]:
        """The findings of each service that is built."""
        for built in subject.built:
            build = built.container.build
            if build is None:
                continue
            if built.missing:
                yield self._no_file(built, build)
            elif built.image is not None:
                yield from self._arguments(built, build)
                yield from self._target(built, build)

    def _no_file(self, built: BuiltImage, build: Build) -> Diagnostic:
        word = build.dockerfile or build.context
        return self.found(
            Severity.WARNING,
            f"`{built.container.name}` is built from `{built.path}`, which does not exist",
            word.place if word is not None else build.place,
            packages=(),
            evidence=[_FILE],
        )

    def _arguments(self, built: BuiltImage, build: Build) -> Iterator[Diagnostic]:
        assert built.image is not None
        declared = [word.text for word in built.image.arguments]
        for name, _ in build.arguments:
            if name.text in declared or _PREDEFINED.fullmatch(name.text) or not name.known:
                continue
            yield self.found(
                Severity.WARNING,
                f"`{built.path}` declares no `ARG {name.text}`, so that the value given here is not used",
                name.place,
                packages=(),
                related=[Related(Place(built.path, 1), "the Dockerfile")],
                evidence=[_UNUSED],
                hint=_nearest(name.text, declared),
            )

    def _target(self, built: BuiltImage, build: Build) -> Iterator[Diagnostic]:
        assert built.image is not None
        if build.target is None or built.stages or not build.target.known or not built.image.stages:
            return
        names = [stage.name for stage in built.image.stages if stage.name]
        if any("$" in name for name in names):
            return
        yield self.found(
            Severity.ERROR,
            f"`{build.target.text}` is no stage of `{built.path}`",
            build.target.place,
            packages=(),
            related=[
                Related(
                    built.image.stages[0].place,
                    f"its stages are {listed(names)}" if names else "its stages have no name",
                )
            ],
            evidence=[_TARGET],
            hint=_nearest(build.target.text, names),
        )


def _nearest(name: str, known: list[str]) -> str | None:
    import difflib  # only a wrong name needs it

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else None
