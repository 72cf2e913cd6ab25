"""What requests hold, as typed models; the OpenAPI document is made of them.

Every field is bounded here where the bound is part of the contract; what the settings bound comes with a body as `Bounds`.
Workers read bodies, not the service itself: four MiB can be made to take seconds, and hundreds of MiB.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, Field, JsonValue, StringConstraints, ValidationError

from compat.service.problems import Problem, Wrong

#: Wrong places named in one answer; of more than can be looked through none is.
_SHOWN, _TOO_MANY = 20, 2000

Name = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]+$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,3}[0-9]{0,3}$")]
Model = TypeVar("Model", bound=BaseModel)

_TARGET = "linux-aarch64,gpu=gh200,driver=580,python=3.11"
_FILE: dict[str, JsonValue] = {
    "name": "environment.yml",
    "content": "channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n    - torch==2.4.1\n    - torchvision==0.20.0\n",
}


class Body(BaseModel):
    """A JSON object that has no other members than those of its model."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class File(Body):
    """A file by its name. Nothing is read from a disk: what it includes is looked for among the files of the request."""

    name: Name = Field(description="Path with `/`, as the answer shall name it.", examples=["environment.yml"])
    content: str = Field(description="The text, or its bytes in base64.", examples=["torch==2.4.1\n"])
    encoding: Literal["utf-8", "base64"] = "utf-8"


#: Nothing bounds how many there are but the body, so that the first wrong one ends the reading.
Files = Annotated[list[File], FailFast()]
Targets = Annotated[list[Word], FailFast()]


class CheckRequest(Body):
    """What `compat check` is given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"files": [_FILE], "targets": [_TARGET]}]})

    files: Files = Field(min_length=1)
    targets: Targets = Field(
        default_factory=list, description="`SUBDIR[,key=value]...`; `host` is refused. Without any, linux-64."
    )
    together: bool = Field(default=False, description="Judge all files as one environment.")
    select: list[Code] = Field(default_factory=list, max_length=200, description="Only these rules or families.")
    ignore: list[Code] = Field(default_factory=list, max_length=200, description="Not these rules or families.")
    roots: list[Name] = Field(
        default_factory=list,
        max_length=1000,
        description="The files that are judged; the others are only there to be included. Without any, all that no other includes.",
    )


class RelaxRequest(Body):
    """What `compat relax` is given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"files": [_FILE], "targets": ["linux-64"]}]})

    files: Files = Field(min_length=1)
    targets: Targets = Field(default_factory=list, description="Without any, linux-64 and linux-aarch64.")
    policy: Literal["patch", "minor", "major", "matrix"] | None = None
    lower: bool = Field(default=False, description="Let ranges start below the pinned release.")
    drop_hashes: bool = Field(default=False, description="Take off hashes, which forbid ranges.")
    from_export: bool = Field(default=False, description="Take out what nobody asked for.")
    prove: bool = Field(default=False, description="Resolve the relaxed files at both ends of their ranges.")


class BatchRequest(Body):
    """Several checks at once; the answers are in the same order."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"requests": [{"files": [_FILE], "targets": ["linux-64"]}]}]}
    )

    requests: Annotated[list[CheckRequest], FailFast()] = Field(min_length=1)


class LockRequest(Body):
    """What `compat lock` is given. Indexes and channels are those that the service allows."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"files": [_FILE], "targets": ["linux-64,python=3.11"]}]})

    files: Files = Field(min_length=1, description="Names are relative paths without `..`.")
    roots: list[Name] = Field(
        default_factory=list,
        max_length=1000,
        description="The files that are locked; without any, all that compat knows.",
    )
    targets: Targets = Field(default_factory=list, description="Without any, linux-64 and linux-aarch64.")
    formats: list[Literal["pylock", "requirements", "conda-lock", "explicit", "environment", "pixi", "all"]] = Field(
        default_factory=list, max_length=7
    )
    extras: list[Word] = Field(default_factory=list, max_length=100)
    groups: list[Word] = Field(default_factory=list, max_length=100)
    index_url: Word | None = Field(default=None, description="One of the service's; without it, the first of them.")
    channels: list[Word] = Field(
        default_factory=list,
        max_length=20,
        description="Of the service's; without any, those of the files, and without those all of the service.",
    )
    torch_backend: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.]{1,20}$")] | None = None
    exclude_newer: Annotated[str, StringConstraints(pattern=r"^[0-9TZ:+.-]{0,40}$")] = ""
    upgrade: bool = False


class Bounds(NamedTuple):
    """How many there may be of each in one request."""

    files: int
    targets: int
    requests: int

    def pack(self) -> bytes:
        """A line that stands before a body on its way to a worker."""
        return b"%d %d %d\n" % self


def read_bounded(model: type[Model], payload: bytes) -> Model:
    """What stands behind a line of `Bounds`, as a *model* that keeps to them. Raises: Problem."""
    line, _, raw = payload.partition(b"\n")
    bounds = Bounds(*map(int, line.split()))
    body = parse_body(model, raw)
    for name, most in bounds._asdict().items():
        count = len(getattr(body, name, ()))
        if count > most:
            raise Problem("too-large", f"{count:,} {name}: at most {most:,} in one request")
    return body


def parse_body(model: type[Model], raw: bytes) -> Model:
    """*raw* as a *model*. Raises: Problem, which names the places and never their values."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _to_problem(error) from None


def _to_problem(error: ValidationError) -> Problem:
    if error.error_count() > _TOO_MANY:
        return Problem("invalid", f"the body: {error.error_count():,} places do not have their form")
    found: list[Any] = list(error.errors(include_url=False, include_input=False, include_context=False))
    if any(one["type"] == "json_invalid" for one in found):
        return Problem("no-json", "the body does not parse as JSON in UTF-8")
    errors = [Wrong(pointer_of(one["loc"]), one["msg"]) for one in found[:_SHOWN]]
    more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Problem("invalid", f"{errors[0].pointer or 'the body'}: {errors[0].detail}{more}", errors=errors)


def pointer_of(route: tuple[int | str, ...]) -> str:
    """A route of keys and positions as a JSON pointer."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')[:100]}" for part in route)
