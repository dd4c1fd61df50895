"""The four zips of IRMAS on Zenodo: names, sizes, checksums; it loads nothing that a command's help would wait for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Archive:
    """One zip of IRMAS.

    Its sizes are for the check of the free disk: about (training), or at most (testing, as if every excerpt had 20 s
    and nothing were compressed).
    """

    name: str  # a short one
    file: str  # its name on the server
    md5: str  # in hexadecimal
    size: int  # bytes of the zip
    unpacked: int  # bytes of what is in it
    folder: str  # to which it unpacks
    wavs: int  # in that folder and below
    url_template: str = "https://zenodo.org/records/1290750/files/{file}?download=1"

    @property
    def url(self) -> str:
        """The address of the file."""
        return self.url_template.format(file=self.file)


def _testing(part: int, md5: str, wavs: int) -> Archive:
    """A part of the testing set: stereo excerpts of at most 20 s at 44.1 kHz, 16 bits."""
    most = wavs * 20 * 44_100 * 4
    folder = f"IRMAS-TestingData-Part{part}"
    return Archive(f"testing{part}", f"{folder}.zip", md5, most, most, folder, wavs)


# Names, checksums and numbers of excerpts as Zenodo's record 1290750 (version 1.0) has them.
ARCHIVES: tuple[Archive, ...] = (
    Archive(
        name="training",
        file="IRMAS-TrainingData.zip",
        md5="4fd9f5ed5a18d8e2687e6360b5f60afe",
        size=3_200_000_000,
        unpacked=6_705 * 3 * 44_100 * 4,
        folder="IRMAS-TrainingData",
        wavs=6_705,
    ),
    _testing(1, "5a2e65520dcedada565dff2050bb2a56", 807),
    _testing(2, "afb0c8ea92f34ee653693106be95c895", 1_301),
    _testing(3, "9b3fb2d0c89cdc98037121c25bd5b556", 766),
)
