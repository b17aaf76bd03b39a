"""The one kind of failure that the verifier knows."""


class Disagreement(Exception):
    """Something in the log or in an answer is not what the documents say."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


def must(condition: bool, code: str, text: str) -> None:
    """Ends the verification with a code unless the condition holds."""
    if not condition:
        raise Disagreement(code, text)
