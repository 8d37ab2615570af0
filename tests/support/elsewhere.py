"""Another vendor's door, whichever is there: a dialect's own tests may name no other dialect."""

from collections.abc import Mapping

from tests.support.drivers import DRIVERS, Driver

__all__ = ["driver_beside", "profile_beside", "profiles_beside"]


def driver_beside(name: str) -> Driver:
    """Return the driver of some other dialect than this one, at whose door people can log in."""
    others = [driver for other, driver in sorted(DRIVERS.items()) if other != name]
    return next(driver for driver in others if not driver.machine)


def profile_beside(name: str) -> Mapping[str, Mapping[str, object]]:
    """Return the ``[subjects.NAME]`` table of somebody who stands at another door."""
    driver = driver_beside(name)
    return {driver.name: driver.profile}


def profiles_beside(name: str) -> Mapping[str, Mapping[str, object]]:
    """Return the tables of somebody who stands at every other door."""
    return {other: driver.profile for other, driver in DRIVERS.items() if other != name}
