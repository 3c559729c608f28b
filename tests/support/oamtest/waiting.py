"""What comes to pass some time later: asked until it is there, never slept for."""
import time


def until(condition, seconds=10, every=0.02):
    """The first true answer of `condition`, or its last one when that time is over."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(every)


def eventually(condition, seconds=10):
    """The first true answer of `condition`; a failure when there is none in that time."""
    found = until(condition, seconds, every=0.01)
    assert found, "it did not come to pass"
    return found
