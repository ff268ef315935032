"""The base class of errors that the command line reports in one sentence."""


class ExplainedError(Exception):
    """An error that the person at the command line can correct.

    Its text says what is wrong and what to do: one complete sentence for each fault. The command line prints the text
    without a traceback and exits with status 1.
    """
