"""What annotations need while the package is imported, without ``typing``: that takes longer to import than all of ours."""

from __future__ import annotations

TYPE_CHECKING = False
"""As that of ``typing``: checkers know it by its name."""

if TYPE_CHECKING:
    from typing import Generic, overload
else:

    class Generic:
        """A base of classes that can be written with an argument, as ``AsyncEvents[ServerSentEvent]``."""

        __slots__ = ()
        __class_getitem__ = classmethod(type(list[int]))

    def overload(function):
        """Says nothing at run time."""
        return function


__all__ = ["TYPE_CHECKING", "Generic", "overload"]
