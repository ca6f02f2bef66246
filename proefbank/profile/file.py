"""`proefbank.toml`: where it is found, and how the tables in it are opened.

It is the file that `--profile` names. Without that option it is taken from the current directory,
and from there only; `--no-profile` leaves it.
"""

from __future__ import annotations

from pathlib import Path

from proefbank.errors import BadInvocation
from proefbank.profile.keys import check_keys
from proefbank.tables import Table, read_toml

__all__ = ["PROFILE", "open_profile", "profile_for"]

PROFILE = "proefbank.toml"
_HINT = "Give the path of a TOML file, or leave it with --no-profile; proefbank init writes one."


def profile_for(named: str | None, *, none: bool = False) -> Path | None:
    """Return the profile that was `named`, or the one of the current directory if there is one.

    `none` is `--no-profile`. Raises `BadInvocation` for both options, and for a file that is not
    there.
    """
    if named is None:
        found = Path(PROFILE)
        return found if not none and found.is_file() else None
    if none:
        raise BadInvocation(
            "a profile is named, and none is wanted",
            where="--no-profile",
            hint="leave out --profile or --no-profile",
        )
    if not Path(named).is_file():
        raise BadInvocation(
            f"there is no file {named}",
            where="--profile",
            hint="give the path of a file, or leave --profile out; proefbank init writes one",
        )
    return Path(named)


def open_profile(path: Path) -> Table:
    """Return the whole profile to read one's own tables from; what is left is for others.

    Raises `BadInvocation`, naming file and key, for a file that cannot be read, and for a key
    that nobody knows, in whichever table.
    """
    values = read_toml(path, "the profile", hint=_HINT)
    check_keys(values, str(path))
    return Table(values, file=str(path))
