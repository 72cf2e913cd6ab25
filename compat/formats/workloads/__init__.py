"""Readers of the files that run images: compose, Argo, Kubernetes and GitHub workflows; text in, a `WorkloadFile` out."""

from __future__ import annotations

import re

from compat.formats.ignores import find_ignores
from compat.model.environments import Document, Problem
from compat.model.workloads import WorkloadFile
from compat.text.source import Source, decode

#: What only a template of Helm has: the objects that it hands in, its functions, and lines that decide about others.
#: Go templates stand in scripts, too (``docker inspect --format '{{.State}}'``), and expressions of Argo look like them.
#: Source: https://helm.sh/docs/chart_template_guide/builtin_objects/
_HELM = re.compile(
    r"\{\{-?\s*(?:\.(?:Values|Release|Chart|Files|Capabilities)\b|(?:include|template|define)\s+\"|toYaml\b|tpl\b)"
    r"|^[ \t]*\{\{-?\s*(?:if|else|end|range|with)\b",
    re.MULTILINE,
)
_JINJA = re.compile(r"^[ \t]*\{%", re.MULTILINE)


def read_workloads(path: str, data: bytes, kind: str) -> WorkloadFile:
    """What *data*, a file of one of `WORKLOAD_KINDS`, runs. Raises: FileProblem where it does not parse."""
    source = decode(path, data)
    ignores, flaws = find_ignores(source)
    problems = tuple(Problem("odd", message, place) for message, place in flaws)
    document = Document(path=path, kind=kind, text=source.text, ignores=ignores, problems=problems)
    template = _template(source.text, kind)
    return WorkloadFile(document, template=template) if template else _read(source, kind, document)


def _read(source: Source, kind: str, document: Document) -> WorkloadFile:
    """A run meets one or two of these formats."""
    if kind == "workflow":
        from compat.formats.workloads.github import read_github

        jobs, numbers = read_github(source)
        return WorkloadFile(document, jobs=jobs, numbers=numbers)
    if kind == "compose":
        from compat.formats.workloads.compose import read_compose

        return WorkloadFile(document, workloads=read_compose(source))
    from compat.formats.workloads.kubernetes import read_cluster

    return WorkloadFile(document, workloads=read_cluster(source))


def _template(text: str, kind: str) -> str:
    """The tool that must fill *text* in before it is YAML, or ""."""
    if kind in {"argo", "kubernetes"} and "{{" in text and _HELM.search(text):
        return "Helm"
    return "Jinja" if "{%" in text and _JINJA.search(text) else ""
