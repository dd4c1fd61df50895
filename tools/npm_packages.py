"""What the site takes from npm at build time: fetched once by `npm pack`, checked, and kept in the cache folder.

Nothing of it is committed. Each package is pinned to a version and to its checksum.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from irmas_helpers.errors import DownloadError
from irmas_helpers.paths import cache_folder, written_whole

_PATIENCE = 120  # seconds for npm, which would try for many minutes where there is no network


@dataclass(frozen=True)
class Package:
    """A package on npm."""

    name: str
    version: str
    sha512: str  # of its archive in base64, as npm writes it behind "sha512-"


ONNXRUNTIME = Package(
    "onnxruntime-web",
    "1.30.0",
    "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
)
AXE = Package(
    "axe-core",
    "4.14.1",
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)


def extract(package: Package, names: list[str], folder: Path) -> list[Path]:
    """Put files of a package into a folder, under their last names.

    Parameters
    ----------
    package : Package
        Where they are from.
    names : list of str
        Their paths in it, such as ``"dist/ort.wasm.min.mjs"``.
    folder : pathlib.Path
        Exists.

    Raises
    ------
    DownloadError
        If the package is not in the cache and npm is missing or brings no whole one.
    """
    with tarfile.open(_archive(package)) as files:
        for name in names:
            with files.extractfile(f"package/{name}") as source, written_whole(folder / Path(name).name) as target:
                target.write_bytes(source.read())
    return [folder / Path(name).name for name in names]


def _archive(package: Package) -> Path:
    kept = cache_folder() / "npm" / f"{package.name}-{package.version}.tgz"
    if not (kept.exists() and _is_whole(kept, package)):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            _pack(package, folder).replace(kept)
    return kept


def _pack(package: Package, folder: str) -> Path:
    what = f"{package.name} {package.version}"
    npm = shutil.which("npm")  # on Windows npm.cmd, which has to be named in full
    if npm is None:
        raise DownloadError(f"{what}: npm is not installed; install Node.js, which brings it")
    command = [npm, "pack", "--silent", "--pack-destination", folder, f"{package.name}@{package.version}"]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=_PATIENCE)
    except (subprocess.SubprocessError, OSError):
        raise DownloadError(f"{what}: npm cannot fetch it; try again with a network") from None
    (archive,) = Path(folder).glob("*.tgz")
    if not _is_whole(archive, package):
        raise DownloadError(f"{what}: what npm fetched has another checksum; look into it before you use it")
    return archive


def _is_whole(archive: Path, package: Package) -> bool:
    return base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == package.sha512
