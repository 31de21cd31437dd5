"""How a letter is written: voices, passages, composing, checking."""
