"""The states of pages that a tab of one process has, each made when the tab first uses it.

Reflex makes all of them with the tab. There are two dozen, and most tabs use two.
"""

from typing import TYPE_CHECKING, Any

from reflex.state import _override_base_method  # pyright: ignore[reportPrivateUsage]  (Reflex has no public name for it)

if TYPE_CHECKING:
    from reflex.state import BaseState


class PageStates(dict[str, "BaseState"]):
    """What Reflex takes for the dictionary of a state's substates; only those that were used are in it."""

    def __init__(self, parent: "BaseState") -> None:
        """Begin without any."""
        super().__init__()
        self._parent = parent

    def __contains__(self, name: object) -> bool:
        """Return whether there is a state of this name, made or not."""
        return super().__contains__(name) or any(kind.get_name() == name for kind in self._parent.get_substates())

    def __missing__(self, name: str) -> "BaseState":
        """Make a state that is used for the first time; raises KeyError where there is none of this name."""
        for kind in self._parent.get_substates():
            if kind.get_name() == name:
                made = self[name] = kind(parent_state=self._parent, _reflex_internal_init=True)
                return made
        raise KeyError(name)

    def fresh(self) -> "list[BaseState]":
        """Return a new state in place of each that was not made: it has the values that a page begins with."""
        return [
            kind(parent_state=self._parent, _reflex_internal_init=True)
            for kind in self._parent.get_substates()
            if not super(PageStates, self).__contains__(kind.get_name())
        ]


class LazyPages:
    """Mixed into the base of the states of pages: no event can call what stands here, as it is no state."""

    def __init__(self: Any, *args: Any, init_substates: bool = True, **kwargs: Any) -> None:
        """Make no page's state yet. Redis never asks for any here: it gives those that an event needs."""
        lazily = init_substates and bool(self.get_substates())
        reflex: Any = super()
        reflex.__init__(*args, init_substates=init_substates and not lazily, **kwargs)
        if lazily:
            object.__setattr__(self, "substates", PageStates(self))

    @_override_base_method
    def dict(self: Any, *args: Any, **kwargs: Any) -> "dict[str, Any]":
        """Return all values for a page that connects, those of the pages that were not used too."""
        reflex: Any = super()
        values: dict[str, Any] = reflex.dict(*args, **kwargs)
        if isinstance(self.substates, PageStates):
            for state in self.substates.fresh():
                values.update(state.dict(*args, **kwargs))
        return values
