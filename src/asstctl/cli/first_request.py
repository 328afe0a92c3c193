"""What ``asstctl serve`` shows for the first request."""

from typing import Final

_BODY: Final = '{"model": "gpt-4o", "name": "Hello"}'


def first_request(url: str, key_env: str | None, *, windows: bool) -> str:
    """Two commands for the shell of the system: on Windows PowerShell."""
    sign = "$env:" if windows else "$"
    key = f"{sign}{key_env}" if key_env else "any"
    if windows:
        return (
            f'  $env:OPENAI_BASE_URL = "{url}/v1"; $env:OPENAI_API_KEY = "{key}"\n'
            '  Invoke-RestMethod "$env:OPENAI_BASE_URL/assistants" -Method Post '
            '-Headers @{Authorization = "Bearer $env:OPENAI_API_KEY"} '
            f"-ContentType application/json -Body '{_BODY}'"
        )
    return (
        f'  export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY="{key}"\n'
        '  curl $OPENAI_BASE_URL/assistants -H "Authorization: Bearer $OPENAI_API_KEY" '
        f"-d '{_BODY}'"
    )
