"""The error that every reader of a file type raises when there is no text to be read."""


class UnreadableError(Exception):
    """The file's content gives no text; the message tells the user why."""


class ExceededError(UnreadableError):
    """Reading takes more than it was given."""
