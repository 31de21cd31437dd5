"""What we say: voices, sentences, rendering, the outbox of mails. Knows no orders."""
