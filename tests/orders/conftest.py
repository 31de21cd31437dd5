import pytest


@pytest.fixture
def voices(db: None) -> None:
    """The voices of the letters, as `make run` loads them."""
    # Here, since pytest reads this file before Django is set up.
    from notifications.letters.voices_loading import load_voices

    load_voices()
