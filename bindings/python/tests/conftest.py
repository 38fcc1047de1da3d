"""What all tests have in common."""

import signal

# Where tests are started in the background, SIGINT is ignored, and programs inherit that: those of the tests would not be interrupted.
# What has a handler here has its default there.
signal.signal(signal.SIGINT, signal.default_int_handler)
