"""What the URL of a conda package says: channel, platform, name, version and build."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from compat.model.conda_records import CondaRecord
from compat.model.names import to_conda_name

_EXTENSION = re.compile(r"\.(?:conda|tar\.bz2)$")
#: User and password, and the token of anaconda.org and quetz.
_SECRETS = re.compile(r"(?<=://)[^/]*@|(?<=[^/])/t/[^/]+(?=/)")


class PackageFile(NamedTuple):
    """A package file by its name, and the folder that it is in."""

    url: str
    channel: str
    subdir: str
    name: str
    version: str
    build: str

    def to_record(self, md5: str = "", sha256: str = "", depends: tuple[str, ...] = ()) -> CondaRecord:
        """The record, as far as its URL and these say it: its build number is 0."""
        return CondaRecord(
            name=to_conda_name(self.name),
            version=self.version,
            build=self.build,
            build_number=0,
            subdir=self.subdir,
            channel=self.channel,
            url=self.url,
            md5=md5,
            sha256=sha256,
            depends=depends,
        )


@lru_cache(maxsize=8192)
def parse_package_url(url: str) -> PackageFile | None:
    """The parts of *url* without its fragment and credentials; None where it is not that of a package.

    Source: https://docs.conda.io/projects/conda/en/stable/user-guide/concepts/packages.html
    """
    bare = _SECRETS.sub("", url.partition("#")[0])
    folder, _, file = bare.replace("\\", "/").rpartition("/")
    parts = unquote(_EXTENSION.sub("", file)).rsplit("-", 2)
    if len(parts) != 3 or not all(parts) or not _EXTENSION.search(file):
        return None
    channel, _, subdir = folder.rpartition("/")
    return PackageFile(bare, channel, subdir, *parts)
