"""The sections of every curated table, and the fields of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from compat.matrix import schema_fields as f
from compat.matrix.schema_fields import Field
from compat.model.targets import SUBDIRS

#: Every row says where it was read; it may say when, and that it rests on one indirect source.
_FACT = {"source": Field(f.text), "read_on": f.optional(f.day), "thin": f.optional(f.flag)}


class Section(NamedTuple):
    """The fields of a row, and the fields that together name it: no two rows may agree in all of those."""

    fields: Mapping[str, Field]
    key: tuple[str, ...]


def _section(key: str, **fields: Field) -> Section:
    return Section({**fields, **_FACT}, tuple(key.split()))


_RELEASES = Field(f.listed(f.release_pattern, single=True))
_VARIANTS = Field(f.listed(f.variant))
_SUBDIRS = Field(f.listed(f.subdir))
_TEXT = Field(f.text)
_DOTTED = Field(f.dotted)
_SPEC = Field(f.matchspec)
_LIBRARY = Field(f.conda_name)
_NOTE = _section("id", id=_TEXT, claim=_TEXT)
_PAIR = {"id": _TEXT, "severity": Field(f.severity), "effect": _TEXT, "remedy": _TEXT}

#: Keys of a table beside its sections.
TABLE_KEYS: Mapping[str, Mapping[str, Field]] = {
    "torch_builds": {"index": _TEXT},
}

SECTIONS: Mapping[str, Mapping[str, Section]] = {
    "torch_builds": {
        "default": _section("torch source", torch=_DOTTED, **{subdir: f.optional(f.variant) for subdir in SUBDIRS}),
        "build": _section(
            "torch variants subdirs",
            torch=_RELEASES,
            variants=_VARIANTS,
            subdirs=_SUBDIRS,
            unlabelled=f.optional(f.listed(f.subdir)),
            index=f.optional(f.text),
        ),
        "complete": _section(
            "torch subdirs", torch=Field(f.listed(f.any_release_pattern, single=True)), subdirs=_SUBDIRS
        ),
        "gone": _section("torch variants", torch=_RELEASES, variants=_VARIANTS, subdirs=f.optional(f.listed(f.subdir))),
        "cudnn": _section("torch variants", torch=_RELEASES, variants=_VARIANTS, cudnn=_DOTTED),
        "abi": _section(
            "torch variants",
            torch=Field(f.listed(f.release_pattern)),
            variants=Field(f.listed(lambda value: None if value == "*" else f.variant(value))),
            cxx11=Field(f.boolean),
        ),
        "architectures": _section(
            "torch variants subdirs",
            torch=_RELEASES,
            variants=_VARIANTS,
            subdirs=_SUBDIRS,
            sm=Field(f.ascending),
            ptx=f.optional(f.number),
        ),
        "companion": _section(
            "torch",
            torch=_DOTTED,
            torchvision=f.optional(f.listed(f.dotted, single=True)),
            torchaudio=f.optional(f.listed(f.dotted, single=True)),
            torchtext=f.optional(f.listed(f.dotted, single=True)),
        ),
        "companion_build": _section(
            "project version variants subdirs",
            project=Field(f.one_of("torchvision", "torchaudio", "torchtext")),
            version=Field(f.listed(f.dotted)),
            variants=_VARIANTS,
            subdirs=_SUBDIRS,
            unlabelled=f.optional(f.listed(f.subdir)),
        ),
    },
    "cuda": {
        "toolkit": _section("cuda", cuda=_DOTTED, linux=f.optional(f.dotted), windows=f.optional(f.dotted)),
        "minimum": _section(
            "cuda linux windows", cuda=_DOTTED, linux=f.optional(f.dotted), windows=f.optional(f.dotted)
        ),
        "architectures": _section("cuda", cuda=Field(f.listed(f.dotted)), sm=Field(f.ascending)),
        "cudnn": _section("cudnn", cudnn=_DOTTED, cuda=Field(f.listed(f.dotted))),
        "note": _NOTE,
    },
    "gpus": {"gpu": _section("models", compute_capability=_DOTTED, models=Field(f.listed(f.text)))},
    "tensorflow": {
        "tested": _section(
            "version system",
            version=_DOTTED,
            system=Field(f.one_of("linux", "windows")),
            python=Field(f.pythons),
            cuda=_DOTTED,
            cudnn=_DOTTED,
        ),
        "note": _NOTE,
    },
    "jax": {"note": _NOTE},
    "couplings": {
        "coupling": _section(
            "id",
            **_PAIR,
            first=Field(f.listed(f.requirement, single=True)),
            second=Field(f.requirement),
            second_cuda=f.optional(f.dotted),
            subdirs=f.optional(f.listed(f.subdir)),
        ),
        "undeclared": _section("id", **_PAIR, first=Field(f.requirement), needs=Field(f.requirement)),
    },
    "conda_builds": {
        "build": _section(
            "name version channel subdirs cuda cuda_package pythons requires build",
            name=Field(f.project_name),
            version=_TEXT,
            channel=_TEXT,
            subdirs=Field(f.listed(f.conda_subdir)),
            cuda=f.optional(f.dotted),
            cuda_package=f.optional(f.one_of("pytorch-cuda", "cudatoolkit", "cuda-version")),
            pythons=f.optional(f.listed(f.dotted)),
            requires=f.optional(f.listed(f.matchspec)),
            build=f.optional(f.text),
        )
    },
    "conda_limits": {
        "limit": _section(
            "channel name subdirs",
            channel=_TEXT,
            name=Field(f.project_name),
            newest=f.optional(lambda value: None if isinstance(value, str) else "is not a text"),
            versions=f.optional(f.listed(f.dotted)),
            subdirs=f.optional(f.listed(f.subdir)),
            claim=_TEXT,
        ),
        "need": _section("name channel", name=_SPEC, channel=_TEXT, needs=Field(f.listed(f.text)), claim=_TEXT),
        "coupling": _section(
            "id",
            **_PAIR,
            first=_SPEC,
            second=_SPEC,
            subdirs=f.optional(f.listed(f.subdir)),
            brought=f.optional(f.flag),
        ),
        "note": _NOTE,
    },
    "conda_lines": {
        "line": _section(
            "torch selector cuda channels",
            torch=_DOTTED,
            torchvision=f.optional(f.dotted),
            torchaudio=f.optional(f.dotted),
            selector=Field(f.one_of("cudatoolkit", "pytorch-cuda", "cpuonly")),
            cuda=f.optional(f.listed(f.dotted)),
            channels=Field(f.listed(f.text)),
            complete=f.optional(f.flag),
        )
    },
    "conda_runtime": {
        "choice": _section("name", name=_LIBRARY, builds=Field(f.listed(f.text))),
        "brings": _section(
            "source",
            by=_LIBRARY,
            channel=_TEXT,
            series=f.optional(f.dotted),
            build=f.optional(f.text),
            libraries=Field(f.listed(f.conda_name)),
        ),
    },
    "conda_names": {
        "name": _section(
            "conda channel pypi",
            conda=Field(f.project_name),
            channel=_TEXT,
            pypi=Field(f.listed(f.project_name, empty=True)),
            implies=f.optional(f.listed(f.matchspec)),
        )
    },
    "base_images": {
        "pattern": _section(
            "repository tag",
            repository=Field(f.listed(f.text, single=True)),
            tag=Field(f.expression),
            kind=f.optional(f.one_of("cuda", "framework", "python", "conda", "system")),
            flavour=f.optional(f.text),
            distribution=f.optional(f.text),
            cuda=f.optional(f.dotted),
            python=f.optional(f.dotted),
            torch=f.optional(f.text),
            brings=f.optional(f.listed(f.project_name)),
            own=f.optional(f.flag),
            platforms=f.optional(f.listed(f.subdir)),
        ),
        "distribution": _section(
            "names",
            names=Field(f.listed(f.text)),
            glibc=f.optional(f.dotted),
            python=f.optional(f.dotted),
            managed=f.optional(f.flag),
            musl=f.optional(f.flag),
        ),
    },
}
