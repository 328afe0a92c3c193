"""What every reader of a file type raises when there is no text to be had."""


class UnreadableError(Exception):
    """The file's content gives no text; the message tells the user why."""
