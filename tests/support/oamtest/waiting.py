"""What comes to pass some time later: asked until it is there, never slept for."""
import time


def eventually(condition, seconds=10):
    """The first true answer of `condition`; a failure when there is none in that time."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)
