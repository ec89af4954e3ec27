"""Settings that all tests share."""

import hypothesis

# The same examples in every run, and no time limit per example: a busy machine must not turn a test red.
hypothesis.settings.register_profile("book", derandomize=True, deadline=None, max_examples=100)
hypothesis.settings.load_profile("book")
