"""What py-rattler says about a package, as a `CondaRecord`."""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Any

from compat.index.channels.names import split_login
from compat.model.conda_records import CondaRecord
from compat.model.names import to_conda_name

if TYPE_CHECKING:
    from rattler import RepoDataRecord


def to_record(found: RepoDataRecord) -> CondaRecord:
    """*found* with addresses that hold no credentials. Its JSON has fields that py-rattler's objects lack: purls."""
    data: dict[str, Any] = loads(found.to_json())
    return CondaRecord(
        name=to_conda_name(data["name"]),
        version=data["version"],
        build=data["build"],
        build_number=data["build_number"],
        subdir=data["subdir"],
        channel=bare(data["channel"] or ""),
        url=bare(data["url"]),
        md5=data.get("md5") or "",
        sha256=data.get("sha256") or "",
        size=data.get("size"),
        depends=tuple(data.get("depends") or ()),
        constrains=tuple(data.get("constrains") or ()),
        timestamp=data.get("timestamp"),
        noarch=data.get("noarch") or "",
        license=data.get("license") or "",
        license_family=data.get("license_family") or "",
        track_features=_words(data.get("track_features")),
        features=data.get("features") or "",
        arch=data.get("arch") or "",
        platform=data.get("platform") or "",
        purls=tuple(data.get("purls") or ()),
        python_site_packages_path=data.get("python_site_packages_path") or "",
    )


def bare(url: str) -> str:
    """*url* without credentials, and without a slash at the end."""
    if "@" not in url and "/t/" not in url:
        return url.rstrip("/")
    found = split_login(url)
    return found.url if found is not None else url.rstrip("/")


def _words(value: Any) -> tuple[str, ...]:  # noqa: ANN401  repodata has a text, py-rattler a list or a text
    return tuple(value.replace(",", " ").split() if isinstance(value, str) else value or ())
