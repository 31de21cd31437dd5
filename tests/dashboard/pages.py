"""Reading the staff's pages."""


def one_line(page: str) -> str:
    """The page with single spaces, so that it does not matter where a template breaks its lines."""
    return " ".join(page.split())
