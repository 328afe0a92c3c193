"""Assistants v2 over the ``openai`` package: any base URL, Azure, or an app in this process."""
