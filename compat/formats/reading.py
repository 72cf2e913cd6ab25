"""One door to all readers."""

from __future__ import annotations

from compat.formats.detect import detect
from compat.model.environments import Document
from compat.model.errors import UsageError
from compat.text.source import decode

#: Kinds that `read` takes. Others that `detect` names are known, but not judged yet.
READABLE_KINDS = frozenset({"environment", "requirements", "pyproject", "pixi"})


def read(path: str, data: bytes, kind: str | None = None) -> Document:
    """The document that *data* spells; *path* is only named in places, nothing is opened.

    Dockerfiles are read for those who ask for *kind* "dockerfile": they are no list of requirements.
    Raises: FileProblem where the file does not parse; UsageError for a kind that has no reader, or cannot be told.
    """
    if kind == "dockerfile":
        from compat.formats.dockerfile import read_dockerfile

        return read_dockerfile(decode(path, data))
    kind = kind or detect(path, data)
    if kind is None:
        raise UsageError(
            f"`{path}` is no kind of dependency file that is known",
            hint="name it `requirements.txt` or `environment.yml`",
        )
    if kind not in READABLE_KINDS:
        import difflib

        near = difflib.get_close_matches(kind, sorted(READABLE_KINDS), n=1)
        raise UsageError(
            f"`{path}`: files of kind `{kind}` are not read", hint=f"did you mean `{near[0]}`?" if near else None
        )
    source = decode(path, data, declared=kind == "requirements")
    # Imported here, because a run meets one or two formats, and each brings a parser of its own.
    if kind == "environment":
        from compat.formats.environment_yml import read_environment

        return read_environment(source)
    if kind == "requirements":
        from compat.formats.requirements_txt import read_requirements

        return read_requirements(source)
    if kind == "pixi":
        from compat.formats.pixi import read_pixi

        return read_pixi(source)
    from compat.formats.pyproject import read_pyproject

    return read_pyproject(source)
