"""A clock that is moved by hand, for servers that are started with OAM_TEST_CLOCK=str(clock.path)."""
import datetime
import os
import time
import zoneinfo

MADRID = zoneinfo.ZoneInfo("Europe/Madrid")


def local(year, month, day, hour=0, minute=0):
    return datetime.datetime(year, month, day, hour, minute, tzinfo=MADRID)


class HandClock:
    """One file for as many servers as read it: a new one takes its place each time, so that nobody reads half of it."""

    def __init__(self, path, moment=None):
        self.path, self.moment = path, moment
        self.go(moment) if moment else self.ahead(0)

    def _set(self, us):
        fresh = self.path.with_suffix(".new")
        fresh.write_text(str(int(us)))
        os.replace(fresh, self.path)

    def go(self, moment):
        self.moment = moment
        self._set(moment.timestamp() * 1e6)

    def ahead(self, seconds):
        """So far from the machine's."""
        self._set((time.time() + seconds) * 1e6)
