"""How a letter comes to speak: voices, passages, composing, checking."""
