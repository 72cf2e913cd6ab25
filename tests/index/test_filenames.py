"""Which version a file name means."""

from __future__ import annotations

import pytest

from compat.index.pages.filenames import version_of
from compat.model.names import PyPIName


@pytest.mark.parametrize(
    ("project", "file", "version"),
    [
        ("foo", "foo-1.0-py3-none-any.whl", "1.0"),
        ("foo", "foo-1.0-1-py3-none-any.whl", "1.0"),
        ("foo-bar", "Foo_Bar-1.0.post1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "1.0.post1"),
        ("foo-bar", "foo.bar-1.0+cu118-py3-none-any.whl", "1.0+cu118"),
        ("foo", "foo-1.0RC1.tar.gz", "1.0rc1"),
        ("foo-bar", "foo-bar-1.0.zip", "1.0"),
        ("foo-2", "foo-2-1.0.tar.gz", "1.0"),
        ("foo", "foo-v1.0.tar.bz2", "1.0"),
        ("foo", "foo-1.0-2.tgz", "1.0.post2"),
        ("foo", "bar-1.0-py3-none-any.whl", None),
        ("foo", "foo-bar-1.0.tar.gz", None),
        ("foo", "foo-1.0-py3-any.whl", None),
        ("foo", "foo-1.0-1-2-py3-none-any.whl", None),
        ("foo", "foo-one-py3-none-any.whl", None),
        ("foo", "foo-1.0-py2.7.egg", None),
        ("foo", "foo-1.0.win32.exe", None),
        ("foo", "foo-1.0.tar.gz.asc", None),
        ("foo", "foo.tar.gz", None),
        ("foo", "-1.0.tar.gz", None),
        ("foo", "a/foo-1.0.tar.gz", None),
        ("foo", "foo-1.0-py3-none-any\\..\\x.whl", None),
        ("foo", "", None),
    ],
)
def test_version_of(project: str, file: str, version: str | None) -> None:
    found = version_of(PyPIName(project), file)
    assert (None if found is None else str(found)) == version
